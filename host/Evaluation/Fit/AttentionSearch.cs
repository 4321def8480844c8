using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Ebb.Evaluation.Replay;
using Ebb.Evaluation.Studies;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// Attention weights for a fitted blend: learned on every other user's questions, the blend's weights solved anew with
/// them (the vector is another source then), judged on the other users' questions.
/// </summary>
internal static class AttentionSearch
{
    /// <summary>Null where there is nothing to learn from: no vector in the blend, or no question with a known truth.
    /// </summary>
    public static async Task<AttentionTrial?> RunAsync(
        EngineReplay replay, ServedModel model, Action<double>? progress, CancellationToken cancellation)
    {
        int[] users = [.. replay.Queries.Select(query => query.UserStart)];
        bool[] chooses = UserHalves.Of(users);
        if (model.Sources.Vector == 0 || AttentionStudy.Learn(
            replay, model.HalfLife, chooses, progress) is not { } learned)
        {
            return null;
        }

        double mean = learned.Average();
        float[] attention =
            [.. learned.Select(weight => (float)Math.Min(ServingPolicy.AttentionMax, Math.Round(weight / mean, 4)))];
        ServedModel weighted = model with { Lists = model.ExactPolicy with { Attention = attention } };
        BlendTable table = (await BlendTable.CollectAsync(replay, weighted, [model.Sources], cancellation)
            .ConfigureAwait(false))[0];
        double[] start = [.. BlendTable.Kinds.Select(model.Sources.Weight)];
        (double[] weights, _) = BlendWeights.Solve(table, start);
        SourcePolicy sources = BlendSearch.WithWeights(model.Sources, weights) with { LearnAll = false };
        weighted = weighted with { Sources = sources };
        double[] plain = await replay.RecallsAsync(model, cancellation).ConfigureAwait(false);
        double[] recalls = await replay.RecallsAsync(weighted, cancellation).ConfigureAwait(false);
        return new AttentionTrial(weighted, UserHalves.Difference(recalls, plain, users, chooses));
    }
}
