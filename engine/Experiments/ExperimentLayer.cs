using System.Text;
using Ebb.Engine.Interest;
using Ebb.Engine.Policy;

namespace Ebb.Engine.Experiments;

/// <summary>
/// Which arm serves a user at a moment, and what an event is to the experiments. Immutable, any thread. A user's place
/// on the line comes from a salted hash, so the arm stays the same on every machine and after every restart.
/// </summary>
internal sealed class ExperimentLayer
{
    private readonly LayerArm[] _arms;
    private readonly ulong _salt;
    private readonly uint[] _answers = new uint[EventTypes.CountMax];

    private ExperimentLayer(PolicySet set)
    {
        _salt = StableHash.Compute(Encoding.UTF8.GetBytes(set.ExperimentSalt));
        _arms = [.. set.Experiments.SelectMany(one => ArmsOf(set, one))];
        foreach (byte type in set.Feedback.ClickTypes)
        {
            _answers[type] = FeedbackMark.Answer(FeedbackRole.Click, set.Feedback.ClickWithin);
        }

        foreach (byte type in set.Feedback.ConversionTypes)
        {
            _answers[type] = FeedbackMark.Answer(FeedbackRole.Conversion, set.Feedback.ConvertWithin);
        }
    }

    /// <summary>Null without experiments.</summary>
    public static ExperimentLayer? Of(PolicySet set) => set.Experiments.Count == 0 ? null : new ExperimentLayer(set);

    /// <summary>The name's, under which a partition counts.</summary>
    public static uint KeyOf(Experiment one) => (uint)StableHash.Compute(Encoding.UTF8.GetBytes(one.Name));

    public static uint FingerprintOf(PolicySet set, Experiment one) =>
        (uint)StableHash.Compute(Encoding.UTF8.GetBytes(ExperimentRules.Definition(set, one)));

    /// <summary>The user's arm at a moment; null: in no experiment then.</summary>
    public LayerArm? Find(ReadOnlySpan<byte> user, long timeMs)
    {
        double place = PolicySplit.Place(user, _salt);
        foreach (LayerArm arm in _arms)
        {
            if (place >= arm.From && place < arm.To && timeMs >= arm.StartMs && timeMs < arm.EndMs)
            {
                return arm;
            }
        }

        return null;
    }

    /// <summary>The event with what it is to the experiments: this is what is logged.</summary>
    public EventFacts Mark(in EventFacts facts, ReadOnlySpan<byte> user)
    {
        if (!facts.IsShown)
        {
            return _answers[facts.Type] is > 0 and uint answer ? facts with { Feedback = answer } : facts;
        }

        return Find(user, facts.TimeMs) is { } arm
            ? facts with
            {
                Feedback = FeedbackMark.Impression(arm.Arm),
                FromCategory = arm.Key,
                ToCategory = arm.Fingerprint,
            }
            : facts;
    }

    private static IEnumerable<LayerArm> ArmsOf(PolicySet set, Experiment one)
    {
        uint fingerprint = FingerprintOf(set, one);
        int index = 0;
        foreach ((ExperimentArm arm, double from) in ExperimentRules.Laid(one))
        {
            yield return new LayerArm(one, index++, set.IndexOf(arm.Policy))
            {
                From = from,
                To = from + arm.Share,
                StartMs = one.Start.ToUnixTimeMilliseconds(),
                EndMs = one.End?.ToUnixTimeMilliseconds() ?? long.MaxValue,
                Key = KeyOf(one),
                Fingerprint = fingerprint,
            };
        }
    }
}
