using Ebb.Engine.Store;

namespace Ebb.Engine.Interest.Lifecycle.Watching;

/// <summary>A user of the working set at a moment.</summary>
internal readonly ref struct WatchedUser(UserWorkingSet users, int slot, long nowMs)
{
    public long NowMs { get; } = nowMs;

    public bool IsKnown => users.IsFound(slot);

    public UserRecord Record => new(users.RecordBytes(slot), users.Shape);
}
