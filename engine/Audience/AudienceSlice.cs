using Ebb.Engine.Ranking;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;

namespace Ebb.Engine.Audience;

/// <summary>
/// Users gathered for a backend that scores many at once: their banks as the turn saw them, and what the list tells of
/// them. Filled in the partitions' turns, scored between them.
/// </summary>
internal sealed class AudienceSlice(BankShape bank, float[] item, int capacity)
{
    private readonly UserSweep _sweep = new(bank, capacity, hasReferences: false) { Item = item };
    private readonly List<AudienceCandidate> _users = [];

    /// <summary>Users that still fit.</summary>
    public int Room => _sweep.Capacity - _sweep.Count;

    public void Add(AudienceCandidate user, ReadOnlySpan<float> sums, double elapsedMs)
    {
        _sweep.Add(sums, elapsedMs, user.Policy.Coefficients, user.Policy.Attention);
        _users.Add(user);
    }

    /// <summary>Scores all of them and tells each, in the order they came.</summary>
    public void Score(IKernelBackend backend, Action<AudienceCandidate, double> tell)
    {
        if (_sweep.Count == 0)
        {
            return;
        }

        backend.Sweep(_sweep);
        for (int user = 0; user < _users.Count; user++)
        {
            tell(_users[user], _sweep.Answers[user] * Math.Pow(2, _sweep.Exponents[user]));
        }

        _users.Clear();
        _sweep.Clear();
    }
}

/// <summary>What a sweep keeps of a user until the score is there.</summary>
internal readonly record struct AudienceCandidate(byte[] Key, PolicyInForce Policy, long LastEventMs, bool HasSeen);
