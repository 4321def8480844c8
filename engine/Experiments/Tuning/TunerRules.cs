using System.Globalization;
using Ebb.Engine.Policy;

namespace Ebb.Engine.Experiments.Tuning;

/// <summary>What keeps tuners from being put in force. Stateless.</summary>
internal static class TunerRules
{
    public static ExperimentProblem? Find(PolicySet set)
    {
        if (set.Tuners.Count > Tuner.CountMax)
        {
            return new("$.tuners", $"at most {Tuner.CountMax} tuners");
        }

        for (int index = 0; index < set.Tuners.Count; index++)
        {
            if (OfOne(set, index) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    private static ExperimentProblem? OfOne(PolicySet set, int index)
    {
        Tuner tuner = set.Tuners[index];
        string path = $"$.tuners[{index}]";
        PolicyShare? share = set.Policies.FirstOrDefault(policy => policy.Name == tuner.Policy);
        if (share is null)
        {
            return new(path + ".policy", $"there is no policy '{tuner.Policy}'");
        }

        if (tuner.Policy.Length == PolicySet.NameCharsMax)
        {
            return new(path + ".policy", "a tuned policy's name leaves room for one character more: shorten it");
        }

        if (set.Tuners.Take(index).Any(other => other.Policy == tuner.Policy))
        {
            return new(path + ".policy", $"{tuner.Policy} has a tuner already: write one");
        }

        if (set.Experiments.Any(one => !one.IsTrial && one.Arms.Any(arm => arm.Policy == tuner.Policy)))
        {
            return new(
                path + ".policy",
                $"{tuner.Policy} is an arm of an experiment, which a tuner would change while it runs: tune it later");
        }

        if (!(tuner.Share > 0 && tuner.From >= 0 && tuner.From + (2 * tuner.Share) <= 1 + 1e-9))
        {
            return new(path + ".share", "two arms of the share must fit between from and 1: lower it");
        }

        if (!(tuner.MinimumEffect > 0 && tuner.MinimumEffect <= 1 && tuner.Alpha > 0 && tuner.Alpha <= 0.5))
        {
            return new(path, "minimum_effect is over 0 and at most 1, alpha over 0 and at most 0.5");
        }

        if (tuner.UsersMin < SequentialTest.UsersMin || tuner.UsersMax <= tuner.UsersMin)
        {
            return new(path + ".users_min", $"from {SequentialTest.UsersMin} to under users_max is wanted");
        }

        return OfParameters(tuner, share, path);
    }

    private static ExperimentProblem? OfParameters(Tuner tuner, PolicyShare share, string path)
    {
        if (tuner.Parameters.Count is < 1 or > Tuner.ParameterCountMax)
        {
            return new(path + ".parameters", $"1 to {Tuner.ParameterCountMax} numbers are wanted");
        }

        foreach (TunedParameter one in tuner.Parameters)
        {
            string at = $"{path}.parameters.{one.Name}";
            if (!TunedNumbers.Names.Contains(one.Name))
            {
                return new(at, $"cannot be tuned; these can: {string.Join(", ", TunedNumbers.Names)}");
            }

            if (TunedNumbers.Of(share.Policy, one.Name) is not { } value)
            {
                return new(at, $"{tuner.Policy} has no such number: write \"curve\": {{\"exponential\": …}} for it");
            }

            if (!(one.Min > 0 && one.Max > one.Min && double.IsFinite(one.Max) && one.Step > 1))
            {
                return new(at, "wanted are 0 < min < max, and a step over 1, by which the number is multiplied");
            }

            if (value < one.Min || value > one.Max)
            {
                return new(at, string.Create(
                    CultureInfo.InvariantCulture,
                    $"the policy's {value} lies outside of {one.Min} to {one.Max}: widen them"));
            }
        }

        return null;
    }
}
