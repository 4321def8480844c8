using System.Text;
using Ebb.Engine.Experiments;
using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;
using Ebb.Kernels.Decay;

namespace Ebb.Engine.Policy;

/// <summary>
/// A set of policies checked against the bank, and whose users are whose. Immutable, any thread; one of them is in
/// force at a time, and a request sees one from beginning to end.
/// </summary>
internal sealed class PolicySplit
{
    private readonly PolicyInForce[] _policies;

    // The hash up to which a policy's users reach, as a share of all hashes; ascending, the last one 1.
    private readonly double[] _upTo;
    private readonly ulong _salt;
    private readonly TimeProvider _clock;

    /// <param name="set">What it is made of.</param>
    /// <param name="bank">What curves are fitted to.</param>
    /// <param name="clock">Begins and ends experiments; null: the system's.</param>
    /// <exception cref="ArgumentException">A policy that cannot be; the message names it.</exception>
    public PolicySplit(PolicySet set, BankShape bank, TimeProvider? clock = null)
    {
        set.Check();
        _clock = clock ?? TimeProvider.System;
        Experiments = ExperimentLayer.Of(set);
        Set = set;
        _salt = StableHash.Compute(Encoding.UTF8.GetBytes(set.Salt));
        _policies = [.. set.Policies.Select(share => InForce(share, bank, set.Policies.Count))];
        _upTo = new double[_policies.Length];
        double total = set.Policies.Sum(share => share.Share);
        double reached = 0;
        for (int index = 0; index < _upTo.Length; index++)
        {
            reached += set.Policies[index].Share;
            _upTo[index] = reached / total;
        }

        // Rounding must not leave the last hashes without a policy; a last share of 0 has no hashes to leave.
        int last = _upTo.Length - 1;
        while (last > 0 && set.Policies[last].Share == 0)
        {
            last--;
        }

        _upTo.AsSpan(last).Fill(1);
    }

    public PolicySet Set { get; }

    public IReadOnlyList<PolicyInForce> Policies => _policies;

    /// <summary>Null without experiments.</summary>
    public ExperimentLayer? Experiments { get; }

    /// <summary>This user's policy. The user's bytes are its key, tenant included.</summary>
    public PolicyInForce For(ReadOnlySpan<byte> user)
    {
        if (_policies.Length == 1)
        {
            return _policies[0];
        }

        if (Experiments?.Find(user, _clock.GetUtcNow().ToUnixTimeMilliseconds()) is { } arm)
        {
            return _policies[arm.PolicyIndex];
        }

        double place = Place(user, _salt);
        int index = 0;
        while (place >= _upTo[index])
        {
            index++;
        }

        return _policies[index];
    }

    /// <summary>The same by name.</summary>
    public UserArm ArmOf(ReadOnlySpan<byte> user)
    {
        PolicyInForce policy = For(user);
        int place = Array.IndexOf(_policies, policy);
        LayerArm? arm = _policies.Length == 1
            ? null
            : Experiments?.Find(user, _clock.GetUtcNow().ToUnixTimeMilliseconds());
        return arm is null
            ? new UserArm(Set.Policies[place].Name, null)
            : new UserArm(Set.Policies[arm.PolicyIndex].Name, arm.Experiment.Name);
    }

    // A finaliser (MurmurHash3's) on top of the sum: partitions are drawn from the same hash, and must not follow.
    internal static double Place(ReadOnlySpan<byte> user, ulong salt)
    {
        ulong hash = StableHash.Compute(user) ^ (salt + 0x9E3779B97F4A7C15);
        hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCD;
        hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53;
        return ((hash ^ (hash >> 33)) >> 11) * (1.0 / (1UL << 53));
    }

    private static PolicyInForce InForce(PolicyShare share, BankShape bank, int count)
    {
        try
        {
            return new PolicyInForce(share.Policy, bank);
        }
        catch (ArgumentException problem) when (count > 1)
        {
            throw new ArgumentException($"policy {share.Name}: {problem.Message}", problem);
        }
    }
}
