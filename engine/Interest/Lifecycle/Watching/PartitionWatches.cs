using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Policy;
using Ebb.Engine.Store;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine.Interest.Lifecycle.Watching;

/// <summary>
/// The watches of one partition's users. All but <see cref="Due"/> is its writer's alone; with nobody watching, a batch
/// pays one comparison.
/// </summary>
internal sealed class PartitionWatches(PhaseClock clock, Action<PhaseWatch> lookAt, ILogger logger)
{
    private readonly Dictionary<ulong, List<PhaseWatch>> _byUser = [];
    private readonly PhaseBook _book = new();
    private readonly RecentEvent[] _recent = new RecentEvent[MemorySchema.RecentEventCountMax];

    /// <summary>Watches to look at, or to remove, in the next <see cref="WatchTurn"/>. Any thread adds.</summary>
    public ConcurrentQueue<PhaseWatch> Due { get; } = new();

    public int Count { get; private set; }

    /// <summary>Has every watch looked at in a turn of its own: what moved was not one user's events.</summary>
    public void LookAtAll()
    {
        foreach (PhaseWatch watch in _byUser.Values.SelectMany(watches => watches))
        {
            lookAt(watch);
        }
    }

    /// <summary>Begins a watch: tells the phases of now by its Phases.</summary>
    public void Add(PhaseWatch watch, in WatchedUser user, PolicySplit policies, CatalogueLease catalogue)
    {
        watch.Told.Clear();
        LifecyclePolicy policy = Read(watch, user, policies, catalogue);
        Describe(watch.Told, user.NowMs, policy, catalogue);
        watch.Phases = [.. watch.Told];
        ref List<PhaseWatch>? watches = ref CollectionsMarshal.GetValueRefOrAddDefault(
            _byUser, StableHash.Compute(watch.User), out _);
        watches ??= [];
        watches.Add(watch);
        Count++;
        if (!watch.TryBind(lookAt))
        {
            Remove(watch);
            return;
        }

        clock.Schedule(watch, _book.NextChangeMs(user.NowMs, policy));
    }

    public void Remove(PhaseWatch watch)
    {
        clock.Cancel(watch);
        ulong hash = StableHash.Compute(watch.User);
        if (_byUser.TryGetValue(hash, out List<PhaseWatch>? watches) && watches.Remove(watch))
        {
            Count--;
            if (watches.Count == 0)
            {
                _byUser.Remove(hash);
            }
        }
    }

    /// <summary>After a batch: looks at those of its users that are watched.</summary>
    public void Note(UserWorkingSet users, long nowMs, PolicySplit policies, CatalogueLease catalogue)
    {
        for (int slot = 0; slot < users.Count; slot++)
        {
            if (!_byUser.TryGetValue(StableHash.Compute(users.Key(slot)), out List<PhaseWatch>? watches))
            {
                continue;
            }

            foreach (PhaseWatch watch in watches)
            {
                if (users.Key(slot).SequenceEqual(watch.User))
                {
                    Look(watch, new WatchedUser(users, slot, nowMs), policies, catalogue);
                }
            }
        }
    }

    /// <summary>Tells the listener what is another than it was told, and sets the clock for the next change.</summary>
    public void Look(PhaseWatch watch, in WatchedUser user, PolicySplit policies, CatalogueLease catalogue)
    {
        if (watch.IsDisposed)
        {
            return;
        }

        LifecyclePolicy policy = Read(watch, user, policies, catalogue);
        var now = new List<SubjectPhase>(_book.Count);
        Describe(now, user.NowMs, policy, catalogue);
        List<PhaseChange> changes = Changes(watch.Told, now);
        watch.Told.Clear();
        watch.Told.AddRange(now);
        clock.Schedule(watch, _book.NextChangeMs(user.NowMs, policy));
        if (changes.Count > 0)
        {
            Tell(watch, changes, user.NowMs);
        }
    }

    // What a listener does wrong must not stop the partition.
    private void Tell(PhaseWatch watch, List<PhaseChange> changes, long nowMs)
    {
        try
        {
            watch.Listener.PhasesChanged(watch, changes, nowMs);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            EngineLog.ListenerFailed(logger, failure.Message, failure);
        }
    }

    private LifecyclePolicy Read(
        PhaseWatch watch, in WatchedUser user, PolicySplit policies, CatalogueLease catalogue)
    {
        LifecyclePolicy policy = policies.For(watch.User).Policy.Lifecycle;
        int count = 0;
        if (user.IsKnown)
        {
            UserRecord record = user.Record;
            count = record.RecentCount;
            for (int index = 0; index < count; index++)
            {
                _recent[index] = record.GetRecent(index);
            }
        }

        PhaseReader.Read(_book, _recent.AsSpan(0, count), user.NowMs, policy, catalogue);
        return policy;
    }

    private void Describe(List<SubjectPhase> into, long nowMs, LifecyclePolicy policy, CatalogueLease catalogue)
    {
        foreach (ref readonly PhaseBook.Entry entry in _book.Entries)
        {
            into.Add(PhaseReader.Describe(entry, nowMs, policy, catalogue));
        }
    }

    private static List<PhaseChange> Changes(List<SubjectPhase> told, List<SubjectPhase> now)
    {
        var changes = new List<PhaseChange>();
        foreach (SubjectPhase phase in now)
        {
            int before = told.FindIndex(old => IsSame(old, phase));
            if (before < 0 || told[before].Phase != phase.Phase)
            {
                changes.Add(new PhaseChange(phase, before < 0 ? null : told[before].Phase));
            }
        }

        foreach (SubjectPhase old in told)
        {
            if (!now.Exists(phase => IsSame(old, phase)))
            {
                changes.Add(new PhaseChange(old, old.Phase, IsGone: true));
            }
        }

        return changes;
    }

    private static bool IsSame(in SubjectPhase left, in SubjectPhase right) =>
        left.Subject == right.Subject && left.Name == right.Name;
}
