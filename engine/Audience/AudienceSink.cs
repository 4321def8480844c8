using Ebb.Engine.Batching;
using Ebb.Engine.Interest;
using Ebb.Engine.Policy;
using Ebb.Engine.Ranking;
using Ebb.Engine.Store;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;

namespace Ebb.Engine.Audience;

/// <summary>
/// Scores users as a scan brings them, or gathers them where the backend scores many at once, and keeps the best K.
/// Runs in a partition's turn; one sweep, one thread at a time.
/// </summary>
internal sealed class AudienceSink(
    AudienceQuery query, AudienceItem item, SchemaInForce schema, IKernelBackend backend) : IPopulationSink
{
    private static readonly Comparer<Entry> WorstFirst = Comparer<Entry>.Create((left, right) =>
        left.Score != right.Score
            ? left.Score.CompareTo(right.Score)
            : right.Key.AsSpan().SequenceCompareTo(left.Key));

    private readonly PriorityQueue<Entry, Entry> _best = new(WorstFirst);
    private readonly float[] _interest = new float[schema.Bank.Dimension];
    private readonly AudienceSlice? _slice = backend.SweepCount == 0
        ? null
        : new AudienceSlice(schema.Bank, item.Vector, Math.Max(backend.SweepCount, AudienceSweeps.SliceUserCount));

    private byte[] _copy = [];

    // Of the partition whose turn it is.
    private PolicySplit _policies = null!;

    public long UserCount { get; private set; }

    public long FitCount { get; private set; }

    /// <summary>NaN once a policy without calibration had a user that fits.</summary>
    public double ExpectedCount { get; private set; }

    public void Enter(PartitionParts parts) => _policies = parts.Policies;

    public void OnUser(ReadOnlySpan<byte> key, ReadOnlySpan<byte> record)
    {
        if (!key.StartsWith(query.KeyPrefix.Span))
        {
            return;
        }

        // The view wants bytes it could write; the store's are not ours to hand on.
        _copy = _copy.Length == record.Length ? _copy : new byte[record.Length];
        record.CopyTo(_copy);
        var user = new UserRecord(_copy, schema.Shape);
        UserCount++;
        if (user.EventCount == 0)
        {
            return;
        }

        PolicyInForce policy = _policies.For(key);
        double elapsedMs = Math.Max(0, item.NowMs - user.LastEventMs);
        bool hasSeen = HasSeen(user);
        if (_slice is null)
        {
            Offer(key, ScoreOf(user, policy, elapsedMs), policy, user.LastEventMs, hasSeen);
        }
        else
        {
            _slice.Add(new AudienceCandidate(key.ToArray(), policy, user.LastEventMs, hasSeen), user.Bank, elapsedMs);
        }
    }

    public void Settle(bool isEnd)
    {
        if (_slice is not null && (isEnd || _slice.Room < AudienceSweeps.SliceUserCount))
        {
            _slice.Score(backend, (user, score) => Offer(user.Key, score, user.Policy, user.LastEventMs, user.HasSeen));
        }
    }

    /// <summary>Best first.</summary>
    public AudienceMember[] Take()
    {
        var members = new AudienceMember[_best.Count];
        for (int index = members.Length - 1; index >= 0; index--)
        {
            Entry entry = _best.Dequeue();
            members[index] = new AudienceMember(
                new OpaqueId(entry.Key.AsMemory(query.KeyPrefix.Length)), entry.Score)
            {
                Appeal = entry.Appeal,
                LastEventMs = entry.LastEventMs,
                HasSeen = entry.HasSeen,
            };
        }

        return members;
    }

    private void Offer(ReadOnlySpan<byte> key, double score, PolicyInForce policy, long lastEventMs, bool hasSeen)
    {
        if (score <= 0 || (hasSeen && query.ExcludeSeen))
        {
            return;
        }

        FitCount++;
        double appeal = policy.Policy.Calibration?.ProbabilityOf(score) ?? double.NaN;
        ExpectedCount += appeal;
        var entry = new Entry(score, key.ToArray(), (float)appeal, lastEventMs, hasSeen);
        if (_best.Count < query.Count)
        {
            _best.Enqueue(entry, entry);
        }
        else
        {
            _best.EnqueueDequeue(entry, entry);
        }
    }

    /// <summary>
    /// As a list scores it, and with the decay since the last event: users are compared with each other.
    /// </summary>
    private double ScoreOf(UserRecord user, PolicyInForce policy, double elapsedMs)
    {
        double log2Scale = backend.Blend(
            schema.Bank, user.Bank, new BlendAt(elapsedMs, policy.Coefficients), _interest);
        float[] attention = policy.Attention;
        double sum = 0;
        for (int d = 0; d < _interest.Length; d++)
        {
            double weight = attention.Length == 0 ? 1 : attention[d];
            sum += weight * _interest[d] * item.Vector[d];
        }

        return sum * Math.Pow(2, log2Scale);
    }

    private bool HasSeen(UserRecord user)
    {
        for (int index = 0; index < user.RecentCount; index++)
        {
            if (user.GetRecent(index).ItemIndex == item.Row)
            {
                return true;
            }
        }

        return false;
    }

    private sealed record Entry(double Score, byte[] Key, float Appeal, long LastEventMs, bool HasSeen);
}
