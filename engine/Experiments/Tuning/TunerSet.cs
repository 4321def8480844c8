using System.Globalization;
using System.Text;
using Ebb.Engine.Interest;
using Ebb.Engine.Policy;
using Ebb.Engine.Ranking;

namespace Ebb.Engine.Experiments.Tuning;

/// <summary>
/// A document's policies as tuners have changed them: the tuned values in their policies, and for each trial a policy
/// of the other value and an experiment of the two. Stateless.
/// </summary>
internal static class TunerSet
{
    public static PolicySet Compose(PolicySet document, IReadOnlyList<TunerMind> minds)
    {
        List<PolicyShare> policies = [.. document.Policies];
        List<Experiment> trials = [];
        foreach (TunerMind mind in minds)
        {
            int place = document.IndexOf(mind.Tuner.Policy);
            PolicyShare tuned = With(policies[place], mind.Values);
            policies[place] = tuned;
            if (mind.Current is { } current)
            {
                // Numbers keep policies apart where lists are kept for them.
                var value = new Dictionary<string, double> { [current.Parameter] = mind.OtherValue };
                PolicyShare other = With(tuned, value);
                other = other with
                {
                    Name = OtherOf(mind.Tuner.Policy),
                    Share = 0,
                    Policy = other.Policy with { Number = (uint)policies.Count + 1 },
                };
                policies.Add(other);
                trials.Add(TrialOf(document, mind.Tuner, current));
            }
        }

        return document with { Policies = policies, Experiments = [.. document.Experiments, .. trials] };
    }

    public static string OtherOf(string policy) => "~" + policy;

    /// <summary>
    /// The two arms of one number of a tuner's audit; the policy that serves is the first. What its counts mean is part
    /// of its name: another definition of the same trial is counted from the beginning.
    /// </summary>
    public static Experiment TrialOf(PolicySet document, Tuner tuner, TuneChange change) => new(
        string.Create(
            CultureInfo.InvariantCulture, $"tuner {change.Number} of {tuner.Policy}, {MeaningOf(document, tuner):x8}"),
        [
            new ExperimentArm(tuner.Policy, tuner.Share) { From = tuner.From },
            new ExperimentArm(OtherOf(tuner.Policy), tuner.Share) { From = tuner.From + tuner.Share },
        ])
    {
        Metric = tuner.Metric,
        MinimumEffect = tuner.MinimumEffect,
        Alpha = tuner.Alpha,
        Start = DateTimeOffset.FromUnixTimeMilliseconds(change.TimeMs),
        IsTrial = true,
    };

    /// <summary>What a tuner's own trial would be, to see whether its users are free.</summary>
    public static Experiment RoomOf(PolicySet document, Tuner tuner) =>
        TrialOf(document, tuner, new TuneChange(0, 0, TuneWhat.Try, tuner.Policy, "")) with
        {
            Start = DateTimeOffset.MinValue,
        };

    private static uint MeaningOf(PolicySet document, Tuner tuner) =>
        (uint)StableHash.Compute(Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"{document.Feedback.Text}|{document.ExperimentSalt}|{tuner.Metric}|{tuner.MinimumEffect:R}|"
            + $"{tuner.Alpha:R}|{tuner.Share:R}|{tuner.From:R}")));

    private static PolicyShare With(PolicyShare share, IReadOnlyDictionary<string, double> values)
    {
        ServingPolicy policy = share.Policy;
        var text = new StringBuilder().Append(share.Fingerprint);
        foreach ((string name, double value) in values.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            policy = TunedNumbers.With(policy, name, value);
            text.Append(CultureInfo.InvariantCulture, $"|{name}={value:R}");
        }

        return share with
        {
            Policy = policy,
            Fingerprint = StableHash.Compute(Encoding.UTF8.GetBytes(text.ToString())),
        };
    }
}
