using Ebb.Engine.Portrait;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Npy;
using Ebb.Evaluation.Replay;
using Ebb.Evaluation.Studies.Population;

namespace Ebb.Evaluation.Portrait;

/// <summary>
/// Trains a change tree on the earlier part of a log and measures it on the later one. A moment whose window reaches
/// over the split is in neither, so no label of the training part saw the test part.
/// </summary>
public static class PortraitRunner
{
    /// <summary>Fewer moments than that train nothing.</summary>
    private const int MomentsMin = 100;

    /// <exception cref="DataFileException">A file cannot be read, or it holds too few moments.</exception>
    public static PortraitReport Run(
        PortraitOptions options, Action<ReplayProgress>? progress, CancellationToken cancellation)
    {
        progress?.Invoke(new ReplayProgress("reading", 0));
        BehaviourLog log = DatasetReader.Read(options.Data.Dataset, options.Data.DataPath);
        string?[] categories = CategoriesOf(options, log, out string source);
        PastAct[][] acts = UserActs.Of(log, categories, new ActWeights(options.Memory));
        ChangeMoment[] moments = Moments(options, acts, progress, cancellation);
        return Train(options, moments) with
        {
            Dataset = DatasetNames.Of(options.Data.Dataset),
            Categories = source,
            UserCount = log.Users.Count,
        };
    }

    internal static string?[] CategoriesOf(PortraitOptions options, BehaviourLog log, out string source)
    {
        if (options.Categories is { } given)
        {
            source = "categories: as given";
            return [.. log.Items.Select(item => given.GetValueOrDefault(item))];
        }

        string? path = options.Data.FindVectors();
        ItemVectors? vectors = path is null ? null : ItemVectors.Load(path, options.Data.FindIds(path));
        return ItemCategories.Of(log, options.Data, vectors, out source);
    }

    internal static ChangeMoment[] Moments(
        PortraitOptions options, PastAct[][] acts, Action<ReplayProgress>? progress, CancellationToken cancellation)
    {
        var sampler = new ChangeSampler(options);
        long endMs = acts.Max(own => own.Length == 0 ? long.MinValue : own[^1].TimeMs);
        var moments = new List<ChangeMoment>();
        for (int user = 0; user < acts.Length; user++)
        {
            cancellation.ThrowIfCancellationRequested();
            moments.AddRange(sampler.Of(user, acts[user], endMs));
            progress?.Invoke(new ReplayProgress("moments", (double)user / acts.Length));
        }

        return [.. moments.OrderBy(moment => moment.TimeMs)];
    }

    internal static PortraitReport Train(PortraitOptions options, ChangeMoment[] moments)
    {
        if (moments.Length < MomentsMin)
        {
            throw DataFileException.In(
                options.Data.DataPath,
                $"{moments.Length} moments with a history and a window after it, {MomentsMin} are needed; choose a"
                + " shorter --window or a longer log.");
        }

        long windowMs = (long)options.Rule.Window.TotalMilliseconds;
        long splitMs = moments[(int)(options.TrainShare * (moments.Length - 1))].TimeMs;
        ChangeMoment[] train = [.. moments.Where(moment => moment.TimeMs + windowMs <= splitMs)];
        ChangeMoment[] test = [.. moments.Where(moment => moment.TimeMs >= splitMs)];
        if (train.Length == 0 || test.Length == 0)
        {
            throw DataFileException.In(
                options.Data.DataPath, "the window is longer than the training part; choose a shorter --window.");
        }

        double[][] columns = [.. Enumerable.Range(0, BehaviourFeatures.Count)
            .Select(feature => train.Select(moment => moment.Features[feature]).ToArray())];
        ChangeNode[] nodes =
            CartTrainer.Train(columns, [.. train.Select(moment => moment.Changed)], options.Cart);
        var tree = new ChangeTree(nodes, options.Rule, options.Label);
        return new PortraitReport("", Measured(tree, train.Length, test), "")
        {
            SplitMs = splitMs,
            DroppedCount = moments.Length - train.Length - test.Length,
        };
    }

    private static ChangeTree Measured(ChangeTree tree, int trainCount, ChangeMoment[] test)
    {
        (double, bool)[] told = [.. test.Select(moment => (tree.Probability(moment.Features), moment.Changed))];
        (double, bool)[] plain = [.. test.Select(moment => (tree.BaseRate, moment.Changed))];
        (double auc, double error) = BinaryScores.Auc(told);
        return new ChangeTree(tree.Nodes, tree.Rule, tree.Label)
        {
            Quality = new TreeQuality
            {
                TrainCount = trainCount,
                TestCount = test.Length,
                TestRate = test.Average(moment => moment.Changed ? 1.0 : 0),
                Auc = auc,
                AucError = error,
                Accuracy = BinaryScores.Accuracy(told),
                BaseAccuracy = BinaryScores.Accuracy(plain),
                Brier = BinaryScores.Brier(told),
                BaseBrier = BinaryScores.Brier(plain),
            },
        };
    }
}
