using System.Collections.Concurrent;
using Ebb.Engine.Interest;
using Ebb.Engine.Policy;

namespace Ebb.Engine.Experiments;

/// <summary>
/// Reports on the experiments of the policies in force, summed over the partitions under their gates. Any thread. What
/// it remembers of earlier looks is served state: after a restart the p of a look stands alone, which is valid too.
/// </summary>
internal sealed class ExperimentDesk(IReadOnlyList<PartitionState> partitions, TimeProvider clock)
{
    private readonly ConcurrentDictionary<(uint Fingerprint, int Arm), (double P, int Sign)> _least = new();

    public ulong DroppedCount => Sum(book => book.DroppedCount);

    /// <summary>Users whose answers are awaited.</summary>
    public ulong UserCount => Sum(book => (ulong)book.UserCount);

    public IReadOnlyList<ExperimentReport> Report(PolicySet set)
    {
        long nowMs = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return [.. set.Experiments.Select(one => Report(set, one, nowMs))];
    }

    public ArmSums SumsOf(uint key, int arm)
    {
        ArmSums sums = default;
        foreach (PartitionState state in partitions)
        {
            lock (state.Population.Gate)
            {
                sums += state.Feedback.SumsOf(key, arm);
            }
        }

        return sums;
    }

    /// <summary>An experiment whose counts were begun under another definition of its name; null: none.</summary>
    public ExperimentProblem? FindChanged(PolicySet set)
    {
        for (int index = 0; index < set.Experiments.Count; index++)
        {
            Experiment one = set.Experiments[index];
            uint key = ExperimentLayer.KeyOf(one);
            uint fingerprint = ExperimentLayer.FingerprintOf(set, one);
            if (!one.IsTrial
                && partitions.Any(state => state.Feedback.FingerprintOf(key) is { } held && held != fingerprint))
            {
                return new(
                    $"$.experiments[{index}]",
                    $"{one.Name} has counts of another definition (arms, shares, metric, effect, start, feedback, or"
                    + " policies of its arms): write that one again, or give this one a new name");
            }
        }

        return null;
    }

    private ExperimentReport Report(PolicySet set, Experiment one, long nowMs)
    {
        uint key = ExperimentLayer.KeyOf(one);
        uint fingerprint = ExperimentLayer.FingerprintOf(set, one);
        ArmSums[] sums = [.. one.Arms.Select((_, arm) => SumsOf(key, arm))];
        RatioEstimate[] rates = [.. sums.Select(arm => RatioEstimate.Of(arm, one.Metric))];

        // Bonferroni over the comparisons with the control.
        double alpha = one.Alpha / (one.Arms.Count - 1);
        var arms = new ArmReport[sums.Length];
        for (int arm = 0; arm < arms.Length; arm++)
        {
            arms[arm] = new ArmReport(one.Arms[arm].Policy, one.Arms[arm].Share)
            {
                Sums = sums[arm],
                Rate = rates[arm].Rate,
                Interval = RateInterval.Of(rates[arm]),
            };
            if (arm > 0)
            {
                SequentialResult look = SequentialTest.Compare(rates[0], rates[arm], one.MinimumEffect, alpha);
                (double p, int sign) = Remember((fingerprint, arm), look);
                arms[arm] = arms[arm] with { ToControl = look, LeastPValue = p, Verdict = p <= alpha ? sign : 0 };
            }
        }

        return new ExperimentReport(one.Name)
        {
            Metric = one.Metric,
            State = one.IsRunningAt(nowMs) ? ExperimentState.Running
                : one.Start.ToUnixTimeMilliseconds() > nowMs ? ExperimentState.Waiting : ExperimentState.Ended,
            Start = one.Start,
            End = one.End,
            MinimumEffect = one.MinimumEffect,
            Alpha = one.Alpha,
            Arms = arms,
        };
    }

    private (double P, int Sign) Remember((uint Fingerprint, int Arm) of, in SequentialResult look)
    {
        (double P, int Sign) now = (look.PValue, look.IsReady ? Math.Sign(look.Difference) : 0);
        return _least.AddOrUpdate(of, now, (_, before) => before.P <= now.P ? before : now);
    }

    private ulong Sum(Func<FeedbackBook, ulong> of)
    {
        ulong sum = 0;
        foreach (PartitionState state in partitions)
        {
            lock (state.Population.Gate)
            {
                sum += of(state.Feedback);
            }
        }

        return sum;
    }
}
