using System.Globalization;
using Ebb.Engine.Interest;
using Ebb.Engine.Sources;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies;

/// <summary>
/// Learned attention, score = Σ a_d·v_d·p_d with a ≥ 0: a conditional logit over the whole catalogue, climbed by
/// exponentiated gradients (Kivinen and Warmuth, 1997) on every other user's questions, judged on the other users'. The
/// engine serves it as items scaled by √a, which is the same score.
/// </summary>
internal static class AttentionStudy
{
    private const int RoundCount = 30;
    private const double Rate = 0.3;

    /// <summary>Scores are cosines: without a scale the logit cannot tell items apart.</summary>
    private const double Start = 12;

    /// <summary>Questions learned from: a round looks at the whole catalogue for each.</summary>
    private const int QuestionCountMax = 500;

    public static async Task<StudyReport> RunAsync(
        EngineReplay replay, ServedModel model, Action<ReplayProgress>? progress, CancellationToken cancellation)
    {
        int[] users = [.. replay.Queries.Select(query => query.UserStart)];
        bool[] chooses = UserHalves.Of(users);
        double[] attention = Learn(
            replay, model.HalfLife, chooses, share => progress?.Invoke(new ReplayProgress("attention", share)))
            ?? [.. Enumerable.Repeat(1.0, replay.Dimension)];
        ServedModel plainModel = model with { Sources = SourcePolicy.VectorAlone };
        double[] plain = await replay.RecallsAsync(plainModel, cancellation).ConfigureAwait(false);
        double[] learned = await replay.Scaled(attention).RecallsAsync(plainModel, cancellation)
            .ConfigureAwait(false);
        string found = string.Create(
            CultureInfo.InvariantCulture,
            $"attention from {attention.Min() / attention.Average():0.00} to"
            + $" {attention.Max() / attention.Average():0.00} of its mean, over {attention.Length} dimensions");
        return UserHalves.Report(
            "Learned attention", found, (learned, plain, chooses),
            UserHalves.Difference(learned, plain, users, chooses), model.Describe());
    }

    /// <summary>Null: no question to learn from.</summary>
    public static double[]? Learn(
        EngineReplay replay, TimeSpan halfLife, bool[] chooses, Action<double>? progress)
    {
        int[] choosing = [.. Enumerable.Range(0, replay.Queries.Length).Where(
            index => chooses[index] && replay.Queries[index].SeenTruth.Any(item => item >= 0))];
        if (choosing.Length == 0)
        {
            return null;
        }

        int step = Math.Max(1, choosing.Length / QuestionCountMax);
        ReplayQuery[] queries = [.. choosing.Where((_, place) => place % step == 0).Select(at => replay.Queries[at])];
        double[][] interests = [.. queries.Select(query => Interest(replay, query, halfLife))];
        double[] attention = [.. Enumerable.Repeat(Start, replay.Dimension)];
        for (int round = 0; round < RoundCount; round++)
        {
            progress?.Invoke((double)round / RoundCount);
            double[][] gradients = new double[queries.Length][];
            Parallel.For(0, queries.Length, index =>
                gradients[index] = Gradient(replay, queries[index], interests[index], attention));
            for (int d = 0; d < attention.Length; d++)
            {
                double gradient = gradients.Average(each => each[d]);
                attention[d] *= Math.Exp(Math.Clamp(Rate * replay.Dimension * gradient, -0.5, 0.5));
            }
        }

        return attention;
    }

    /// <summary>Of one question's log-likelihood: what its truth has of v_d·p_d above what the model expects.</summary>
    private static double[] Gradient(EngineReplay replay, ReplayQuery query, double[] interest, double[] attention)
    {
        int itemCount = replay.Split.Catalogue.Count;
        double[] weighted = [.. interest.Zip(attention, (value, weight) => value * weight)];
        double[] chances = new double[itemCount];
        for (int item = 0; item < itemCount; item++)
        {
            ReadOnlySpan<float> vector = replay.VectorOf(item).Span;
            double score = 0;
            for (int d = 0; d < weighted.Length; d++)
            {
                score += weighted[d] * vector[d];
            }

            chances[item] = Math.Exp(score);
        }

        double total = chances.Sum();
        double[] gradient = new double[attention.Length];
        for (int item = 0; item < itemCount; item++)
        {
            Add(replay.VectorOf(item).Span, -chances[item] / total);
        }

        int[] truth = [.. query.SeenTruth.Where(item => item >= 0)];
        foreach (int item in truth)
        {
            Add(replay.VectorOf(item).Span, 1.0 / truth.Length);
        }

        return gradient;

        void Add(ReadOnlySpan<float> vector, double factor)
        {
            for (int d = 0; d < gradient.Length; d++)
            {
                gradient[d] += factor * interest[d] * vector[d];
            }
        }
    }

    /// <summary>The direction of v = Σ 2^(−age/h)·p.</summary>
    private static double[] Interest(EngineReplay replay, ReplayQuery query, TimeSpan halfLife)
    {
        double[] sum = new double[replay.Dimension];
        long lastMs = replay.Split.Rows[query.HistoryEnd - 1].TimeMs;
        for (int row = query.HistoryStart; row < query.HistoryEnd; row++)
        {
            int item = replay.Split.Catalogue.IndexOf(replay.Split.Rows[row].Item);
            double left = Math.Pow(2, -(lastMs - replay.Split.Rows[row].TimeMs) / MemorySchema.HalfLifeMs(halfLife));
            for (int d = 0; d < sum.Length && item >= 0; d++)
            {
                sum[d] += left * replay.VectorOf(item).Span[d];
            }
        }

        double norm = Math.Sqrt(sum.Sum(value => value * value));
        return norm > 0 ? [.. sum.Select(value => value / norm)] : sum;
    }
}
