using System.Globalization;
using Ebb.Engine.Portrait;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Portrait;

namespace Ebb.Evaluation.Studies.Planted;

/// <summary>
/// The change tree on the planted log. Two trees: one trained on what happened before the moment, which has seen no
/// plant, asked after acts whether it is told more of those who change than of those who do not; and one trained on
/// one half of the users around the plant, to say who has changed within their last acts, tried on the other half.
/// </summary>
internal static class PlantedForecasts
{
    private const double Half = 0.5;

    // Of those who do not change, told at least the threshold: the false alarms that are asked for.
    private const double FalseShareMax = 0.05;

    private static readonly int[] Asked = [-1, 0, 1, 2, 4, 9];

    public static IEnumerable<string[]> Rows(
        StudyOptions options, PlantedLog planted, CancellationToken cancellation)
    {
        bool areSessions = options.Data.Dataset is DatasetKind.MovieLens or DatasetKind.Yoochoose;
        var portrait = new PortraitOptions(options.Data)
        {
            Rule = new FeatureRule { Window = areSessions ? TimeSpan.FromMinutes(5) : TimeSpan.FromDays(30) },
            Label = new ChangeLabel { DriftFrom = 0.5 },
            TrainShare = 0.99,
        };
        (PastAct[] Acts, int[] Numbers)[] users = planted.ByUser(Half, new ActWeights(portrait.Memory));
        PastAct[][] before =
            [.. users.Select(user => user.Acts.Where(act => act.TimeMs < planted.MomentMs).ToArray())];
        ChangeTree natural = PortraitRunner
            .Train(portrait, PortraitRunner.Moments(portrait, before, null, cancellation)).Tree;
        var asked = new Dictionary<int, (int User, bool Changed, double[] Features)[]>();
        foreach (int after in Asked)
        {
            cancellation.ThrowIfCancellationRequested();
            asked[after] = [.. At(users, planted, new ChangeSampler(portrait), after)];
        }

        return [.. Natural(natural, asked), .. Taught(portrait, asked)];
    }

    /// <summary>Every user who changes or could, right after the act of this number from their change on.</summary>
    private static IEnumerable<(int User, bool Changed, double[] Features)> At(
        (PastAct[] Acts, int[] Numbers)[] users, PlantedLog planted, ChangeSampler sampler, int after)
    {
        for (int user = 0; user < users.Length; user++)
        {
            int number = planted.Changes[user] + after;
            int end = planted.Changes[user] < 0 ? -1 : Array.LastIndexOf(users[user].Numbers, number) + 1;
            if (end > 0)
            {
                PastAct[] acts = users[user].Acts;
                yield return (
                    user, planted.IsPlanted(user, Half), sampler.FeaturesAt(acts, end, acts[end - 1].TimeMs));
            }
        }
    }

    private static IEnumerable<string[]> Natural(
        ChangeTree tree, Dictionary<int, (int User, bool Changed, double[] Features)[]> asked)
    {
        double threshold = Threshold(tree, asked.Values.SelectMany(all => all.Where(one => !one.Changed)));
        yield return Row("tree before the moment", "asks first for", Names(tree));
        foreach ((int after, (int User, bool Changed, double[] Features)[] all) in asked)
        {
            (double auc, double error) = Auc(tree, all);
            double Share(bool changed) => all.Where(one => one.Changed == changed)
                .Select(one => tree.Probability(one.Features) >= threshold ? 1.0 : 0).DefaultIfEmpty(0).Average();
            yield return Row(
                "tree before the moment", When(after),
                Of($"AUC {auc:0.000} ± {error:0.000}; told {threshold:0.00} or more: {Share(true):P1} of the changed, ")
                + Of($"{Share(false):P1} of the others"));
        }
    }

    private static IEnumerable<string[]> Taught(
        PortraitOptions options, Dictionary<int, (int User, bool Changed, double[] Features)[]> asked)
    {
        (int User, bool Changed, double[] Features)[] moments =
            [.. asked.Where(pair => pair.Key > 0).SelectMany(pair => pair.Value)];

        // By another bit than the plant's, so that both halves hold both kinds.
        (int User, bool Changed, double[] Features)[] learned = [.. moments.Where(one => one.User % 2 == 0)];
        double[][] columns = [.. Enumerable.Range(0, BehaviourFeatures.Count)
            .Select(feature => learned.Select(one => one.Features[feature]).ToArray())];
        var tree = new ChangeTree(
            CartTrainer.Train(columns, [.. learned.Select(one => one.Changed)], options.Cart), options.Rule,
            options.Label);
        yield return Row("tree taught the plant", "asks first for", Names(tree));
        foreach ((int after, (int User, bool Changed, double[] Features)[] all) in asked)
        {
            (double auc, double error) = Auc(tree, [.. all.Where(one => one.User % 2 != 0)]);
            yield return Row(
                "tree taught the plant", When(after) + ", other users", Of($"AUC {auc:0.000} ± {error:0.000}"));
        }
    }

    private static (double Auc, double Error) Auc(
        ChangeTree tree, (int User, bool Changed, double[] Features)[] all) =>
        BinaryScores.Auc([.. all.Select(one => (tree.Probability(one.Features), one.Changed))]);

    /// <summary>The least probability that at most 5 % of the others are told; if none, the highest.</summary>
    private static double Threshold(
        ChangeTree tree, IEnumerable<(int User, bool Changed, double[] Features)> others)
    {
        double[] told = [.. others.Select(one => tree.Probability(one.Features))];
        return told.Distinct().OrderDescending()
            .TakeWhile(p => told.Count(one => one >= p) <= FalseShareMax * told.Length)
            .DefaultIfEmpty(told.Max()).Last();
    }

    private static string When(int after) => after switch
    {
        -1 => "at the act before the change",
        0 => "at the first changed act",
        _ => Of($"{after + 1} changed acts"),
    };

    private static string Names(ChangeTree tree) => tree.Importances() is { Count: > 0 } shares
        ? string.Join(", ", shares.Take(3).Select(one => Of($"{one.Feature} {one.Share:P0}")))
        : "nothing: one leaf";

    private static string[] Row(string detector, string what, string figure) =>
        [detector, Half.ToString("P0", CultureInfo.InvariantCulture), what, figure];

    private static string Of(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
