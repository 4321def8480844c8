using System.Globalization;
using Ebb.Engine.Experiments.Shadows;
using Ebb.Engine.Experiments.Tuning;
using Ebb.Engine.Policy;

namespace Ebb.Engine.Experiments;

/// <summary>What keeps experiments from being put in force. Stateless.</summary>
public static class ExperimentRules
{
    public const int ExperimentCountMax = 8;

    // Shares are written as decimals: three thirds of .333 and one of .334 must not be refused for their rounding.
    private const double Rounding = 1e-9;

    /// <summary>The first mistake within a set of policies; null: none.</summary>
    public static ExperimentProblem? Find(PolicySet set)
    {
        if (set.Experiments.Count(one => !one.IsTrial) > ExperimentCountMax)
        {
            return new("$.experiments", $"at most {ExperimentCountMax} experiments: take out what has ended");
        }

        if (OfFeedback(set.Feedback) is { } feedback)
        {
            return feedback;
        }

        var policies = set.Policies.Select(share => share.Name).ToHashSet();
        for (int index = 0; index < set.Experiments.Count; index++)
        {
            if (OfOne(set, index, policies) is { } problem)
            {
                return problem;
            }
        }

        return OfArms(set, set.Experiments) ?? OfShadows(set) ?? TunerRules.Find(set) ?? OfTuners(set);
    }

    /// <summary>What of a change would falsify an experiment that runs or ran; null: nothing.</summary>
    /// <param name="before">In force.</param>
    /// <param name="after">To be put in force.</param>
    /// <param name="nowMs">Milliseconds since the epoch.</param>
    public static ExperimentProblem? FindChange(PolicySet before, PolicySet after, long nowMs)
    {
        foreach (Experiment one in before.Experiments)
        {
            bool hasBegun = one.Start.ToUnixTimeMilliseconds() <= nowMs;
            int place = after.Experiments.ToList().FindIndex(other => other.Name == one.Name);
            if (!hasBegun || one.IsTrial || (place < 0 && !one.IsRunningAt(nowMs)))
            {
                continue;
            }

            if (place < 0)
            {
                return new(
                    "$.experiments",
                    $"{one.Name} is running and is not there any more: write its end, and take it out after that");
            }

            Experiment next = after.Experiments[place];
            string path = $"$.experiments[{place}]";
            if (!one.IsRunningAt(nowMs) && next.IsRunningAt(nowMs))
            {
                return new(path + ".end", $"{one.Name} has ended: begin another one under a new name");
            }

            if (Definition(before, one) != Definition(after, next) || !SamePolicies(before, after, one))
            {
                return new(
                    path,
                    $"{one.Name} is running, and its arms, shares, metric, effect, start, feedback or the policies of"
                    + " its arms would change: end it, and begin another one under a new name");
            }
        }

        return null;
    }

    /// <summary>All that an experiment's figures depend on, as a text. Its end is not among it.</summary>
    internal static string Definition(PolicySet set, Experiment one)
    {
        IEnumerable<string> arms = Laid(one).Select(arm => string.Create(
            CultureInfo.InvariantCulture,
            $"{arm.Arm.Policy}@{arm.From:R}+{arm.Arm.Share:R}#{Fingerprint(set, arm.Arm.Policy)}"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{one.Name}|{set.ExperimentSalt}|{one.Metric}|{one.MinimumEffect:R}|{one.Alpha:R}|")
            + string.Create(CultureInfo.InvariantCulture, $"{one.Start.ToUnixTimeMilliseconds()}|{set.Feedback.Text}|")
            + string.Join(';', arms);
    }

    /// <summary>The arms with where they begin.</summary>
    internal static IEnumerable<(ExperimentArm Arm, double From)> Laid(Experiment one)
    {
        double next = 0;
        foreach (ExperimentArm arm in one.Arms)
        {
            double from = arm.From ?? next;
            next = from + arm.Share;
            yield return (arm, from);
        }
    }

    // Policies that are of no document have no fingerprint: they are the same if they are equal.
    private static bool SamePolicies(PolicySet before, PolicySet after, Experiment one) => one.Arms.All(arm =>
    {
        PolicyShare held = before.Policies[before.IndexOf(arm.Policy)];
        PolicyShare next = after.Policies[after.IndexOf(arm.Policy)];
        return held.Fingerprint != 0 || next.Fingerprint != 0 || held.Policy.Equals(next.Policy);
    });

    private static ulong Fingerprint(PolicySet set, string policy) =>
        set.Policies.FirstOrDefault(share => share.Name == policy)?.Fingerprint ?? 0;

    private static ExperimentProblem? OfFeedback(FeedbackRule rule)
    {
        if (rule.ClickTypes.Intersect(rule.ConversionTypes).Any())
        {
            return new("$.feedback.conversion_types", "a type is a click or a conversion: leave it out of one of them");
        }

        if (rule.ClickTypes.Concat(rule.ConversionTypes).Any(type => type >= EventTypes.Impression))
        {
            return new("$.feedback", $"event types are 0 to {EventTypes.Impression - 1}");
        }

        return IsWindow(rule.ClickWithin) && IsWindow(rule.ConvertWithin)
            ? null
            : new("$.feedback", $"a window is over 0 s and at most {FeedbackRule.WindowMax.TotalDays} d");
    }

    private static bool IsWindow(TimeSpan window) =>
        window >= TimeSpan.FromSeconds(1) && window <= FeedbackRule.WindowMax;

    private static ExperimentProblem? OfOne(PolicySet set, int index, HashSet<string> policies)
    {
        Experiment one = set.Experiments[index];
        string path = $"$.experiments[{index}]";
        if (one.Name.Length < 1 || (one.Name.Length > Experiment.NameCharsMax && !one.IsTrial))
        {
            return new(path + ".name", $"a name of 1 to {Experiment.NameCharsMax} characters is wanted");
        }

        if (set.Experiments.Take(index).Any(other => ExperimentLayer.KeyOf(other) == ExperimentLayer.KeyOf(one)))
        {
            return new(path + ".name", $"{one.Name} stands there twice, or is counted as another: rename it");
        }

        if (one.Arms.Count is < 2 or > Experiment.ArmCountMax)
        {
            return new(path + ".arms", $"2 to {Experiment.ArmCountMax} arms are wanted, the control first");
        }

        if (!(one.MinimumEffect > 0 && one.MinimumEffect <= 1))
        {
            return new(path + ".minimum_effect", "over 0 and at most 1 is wanted: a difference of the metric itself");
        }

        if (!(one.Alpha > 0 && one.Alpha <= 0.5))
        {
            return new(path + ".alpha", "over 0 and at most 0.5 is wanted");
        }

        if (one.End is { } end && end <= one.Start)
        {
            return new(path + ".end", "is not after the start: write a later one");
        }

        return OfItsArms(one, path, policies);
    }

    private static ExperimentProblem? OfItsArms(Experiment one, string path, HashSet<string> policies)
    {
        for (int arm = 0; arm < one.Arms.Count; arm++)
        {
            string at = $"{path}.arms[{arm}]";
            ExperimentArm given = one.Arms[arm];
            if (!policies.Contains(given.Policy))
            {
                string known = string.Join(", ", policies);
                return new(at + ".policy", $"there is no policy '{given.Policy}'; these are: {known}");
            }

            if (one.Arms.Take(arm).Any(other => other.Policy == given.Policy))
            {
                return new(at + ".policy", $"{given.Policy} is an arm already: an arm has a policy of its own");
            }

            if (!(given.Share > 0 && given.Share <= 1))
            {
                return new(at + ".share", $"over 0 and at most 1 is wanted, not {Text(given.Share)}");
            }

            if (given.From is not (null or (>= 0 and < 1)))
            {
                return new(at + ".from", $"from 0 to under 1 is wanted, not {Text(given.From.Value)}");
            }
        }

        double sum = one.Arms.Sum(arm => arm.Share);
        return sum > 1 + Rounding
            ? new(path + ".arms", $"the shares sum to {Text(sum)}, more than 1: lower them")
            : null;
    }

    /// <summary>Arms of all experiments share one line of users, where their times meet.</summary>
    private static ExperimentProblem? OfArms(PolicySet set, IReadOnlyList<Experiment> experiments)
    {
        var laid = new List<(Experiment Of, string Path, double From, double To)>();
        for (int index = 0; index < experiments.Count; index++)
        {
            Experiment one = experiments[index];
            int arm = 0;
            foreach ((ExperimentArm given, double from) in Laid(one))
            {
                string path = PathOf(set, index, arm++);
                double to = from + given.Share;
                if (to > 1 + Rounding)
                {
                    return new(path, $"reaches to {Text(to)}, past 1: lower its share or its from");
                }

                foreach ((Experiment other, string otherPath, double otherFrom, double otherTo) in laid)
                {
                    if (Meet(one, other) && from < otherTo - Rounding && otherFrom < to - Rounding)
                    {
                        return new(
                            path,
                            $"its users, {Text(from)} to {Text(to)}, overlap those of {otherPath}, {Text(otherFrom)} to"
                            + $" {Text(otherTo)}: write a from or a share that keeps them apart");
                    }
                }

                laid.Add((one, path, from, to));
            }
        }

        return null;
    }

    /// <summary>The trials of tuners stand behind the experiments: they are told by their tuner.</summary>
    private static string PathOf(PolicySet set, int index, int arm) => index < set.Experiments.Count
        ? $"$.experiments[{index}].arms[{arm}]"
        : $"$.tuners[{index - set.Experiments.Count}]";

    /// <summary>Tuners need users that are nobody else's, while they rest too.</summary>
    private static ExperimentProblem? OfTuners(PolicySet set) =>
        set.Tuners.Count == 0 || set.Experiments.Any(one => one.IsTrial)
            ? null
            : OfArms(set, [.. set.Experiments, .. set.Tuners.Select(tuner => TunerSet.RoomOf(set, tuner))]);

    private static ExperimentProblem? OfShadows(PolicySet set)
    {
        if (set.Shadows.Count > Shadow.CountMax)
        {
            return new("$.shadows", $"at most {Shadow.CountMax} shadows");
        }

        for (int index = 0; index < set.Shadows.Count; index++)
        {
            Shadow one = set.Shadows[index];
            if (set.Policies.All(share => share.Name != one.Policy))
            {
                return new($"$.shadows[{index}].policy", $"there is no policy '{one.Policy}'");
            }

            if (set.Shadows.Take(index).Any(other => other.Policy == one.Policy))
            {
                return new($"$.shadows[{index}].policy", $"{one.Policy} is a shadow already");
            }

            if (!(one.Sample > 0 && one.Sample <= 1))
            {
                return new($"$.shadows[{index}].sample", $"over 0 and at most 1 is wanted, not {Text(one.Sample)}");
            }
        }

        return null;
    }

    private static bool Meet(Experiment left, Experiment right) =>
        (left.End is not { } end || end > right.Start) && (right.End is not { } other || other > left.Start);

    private static string Text(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
