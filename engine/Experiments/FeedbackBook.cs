using Ebb.Engine.Interest;

namespace Ebb.Engine.Experiments;

/// <summary>
/// Impressions, clicks and conversions of one partition's users, by experiment and arm. Folded state: changed by the
/// partition's writer under the gate of its population, by what admission wrote into the entries alone; other threads
/// read sums under the same gate. Invariant: the sums of an arm are those of its users, exactly, those who were merged
/// away included.
/// </summary>
internal sealed class FeedbackBook
{
    /// <summary>Users whose answers are awaited, at most ~680 bytes each; past it no further user is counted.</summary>
    public const int UserCountMax = 131_072;

    /// <summary>Experiments that are remembered; past it the one that showed nothing for longest is given up.</summary>
    public const int ExperimentCountMax = 64;

    private readonly Dictionary<byte[], Exposure> _users = new(UserKeyComparer.Instance);
    private readonly SortedDictionary<uint, FoldedExperiment> _experiments = [];

    public bool IsEmpty => _experiments.Count == 0 && DroppedCount == 0;

    public int UserCount => _users.Count;

    /// <summary>Impressions that were not counted: of too many users, or of a definition that has changed.</summary>
    public ulong DroppedCount { get; private set; }

    internal SortedDictionary<uint, FoldedExperiment> Experiments => _experiments;

    internal Dictionary<byte[], Exposure> Users => _users;

    public void Add(ReadOnlySpan<byte> user, in EventFacts facts)
    {
        if (facts.Feedback == 0)
        {
            return;
        }

        if (FeedbackMark.RoleOf(facts.Feedback) == FeedbackRole.Impression)
        {
            Show(user, facts);
        }
        else if (_users.Count > 0)
        {
            Answer(user, facts);
        }
    }

    /// <summary>FORGET: the user's part leaves the sums with him.</summary>
    public void Forget(ReadOnlySpan<byte> user)
    {
        if (Take(user) is { } exposure && _experiments.TryGetValue(exposure.Key, out FoldedExperiment? experiment))
        {
            experiment.Arms[exposure.Arm] -= exposure.Sums;
        }
    }

    public bool Holds(ReadOnlySpan<byte> user) =>
        _users.Count > 0 && _users.GetAlternateLookup<ReadOnlySpan<byte>>().ContainsKey(user);

    /// <summary>MERGE: what was shown under this key stays counted, and gets no more answers.</summary>
    public void Close(ReadOnlySpan<byte> user) => Take(user);

    /// <summary>Zeros where nothing was counted.</summary>
    public ArmSums SumsOf(uint key, int arm) =>
        _experiments.TryGetValue(key, out FoldedExperiment? experiment) ? experiment.Arms[arm] : default;

    /// <summary>Of the definition under which the experiment was counted here; null: it was not.</summary>
    public uint? FingerprintOf(uint key) =>
        _experiments.TryGetValue(key, out FoldedExperiment? experiment) ? experiment.Fingerprint : null;

    public void Write(List<byte> output) => FeedbackCodec.Write(output, this);

    public void Read(ref ReadOnlySpan<byte> input)
    {
        _users.Clear();
        _experiments.Clear();
        DroppedCount = FeedbackCodec.Read(ref input, this);
    }

    private void Show(ReadOnlySpan<byte> user, in EventFacts facts)
    {
        uint key = facts.FromCategory;
        byte arm = (byte)FeedbackMark.ArmOf(facts.Feedback);
        FoldedExperiment experiment = ExperimentOf(key, facts.ToCategory);
        if (experiment.Fingerprint != facts.ToCategory || ExposureOf(user, key, arm, experiment) is not { } exposure)
        {
            DroppedCount++;
            return;
        }

        ArmSums before = exposure.Sums;
        exposure.Shown++;
        exposure.Lists += facts.TimeMs == exposure.LastShownMs ? 0 : 1;
        exposure.LastShownMs = facts.TimeMs;
        experiment.LastMs = Math.Max(experiment.LastMs, facts.TimeMs);
        experiment.Arms[arm] += exposure.Sums - before;
        exposure.Push(new ShownItem(facts.ItemIndex, facts.TimeMs, 0));
    }

    private void Answer(ReadOnlySpan<byte> user, in EventFacts facts)
    {
        if (!_users.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(user, out Exposure? exposure)
            || !_experiments.TryGetValue(exposure.Key, out FoldedExperiment? experiment)
            || !exposure.TryAnswer(facts.ItemIndex, facts.TimeMs, facts.Feedback))
        {
            return;
        }

        ArmSums before = exposure.Sums;
        if (FeedbackMark.RoleOf(facts.Feedback) == FeedbackRole.Click)
        {
            exposure.Clicked++;
        }
        else
        {
            exposure.Converted++;
        }

        experiment.Arms[exposure.Arm] += exposure.Sums - before;
    }

    /// <summary>Null: there are too many users.</summary>
    private Exposure? ExposureOf(ReadOnlySpan<byte> user, uint key, byte arm, FoldedExperiment experiment)
    {
        var lookup = _users.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (lookup.TryGetValue(user, out Exposure? exposure) && exposure.Key == key && exposure.Arm == arm)
        {
            return exposure;
        }

        if (exposure is null && _users.Count == UserCountMax)
        {
            return null;
        }

        // Another experiment's user before: what that one counted stays.
        exposure = new Exposure(key, arm);
        lookup[user] = exposure;
        experiment.Arms[arm] += exposure.Sums;
        return exposure;
    }

    private FoldedExperiment ExperimentOf(uint key, uint fingerprint)
    {
        if (_experiments.TryGetValue(key, out FoldedExperiment? experiment))
        {
            return experiment;
        }

        if (_experiments.Count == ExperimentCountMax)
        {
            GiveUp(_experiments.MinBy(one => one.Value.LastMs).Key);
        }

        experiment = new FoldedExperiment(fingerprint);
        _experiments.Add(key, experiment);
        return experiment;
    }

    private void GiveUp(uint key)
    {
        _experiments.Remove(key);
        foreach (byte[] user in _users.Where(one => one.Value.Key == key).Select(one => one.Key).ToArray())
        {
            _users.Remove(user);
        }
    }

    private Exposure? Take(ReadOnlySpan<byte> user) =>
        _users.Count > 0 && _users.GetAlternateLookup<ReadOnlySpan<byte>>().Remove(user, out _, out Exposure? exposure)
            ? exposure
            : null;
}
