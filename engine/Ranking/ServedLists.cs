using Ebb.Engine.Interest;

namespace Ebb.Engine.Ranking;

/// <summary>
/// The lists kept by one partition, bounded; the least recently used goes first. Owned by the partition's writer.
/// A list that is replaced or evicted is filled again once no job reads it, so that keeping lists allocates nothing
/// once there are as many as users come back for.
/// </summary>
internal sealed class ServedLists(int countMax, int dimension)
{
    private readonly Dictionary<ServedListKey, LinkedListNode<ServedList>> _byKey = [];
    private readonly LinkedList<ServedList> _byUse = [];
    private readonly Dictionary<ulong, ServedList> _latest = [];
    private readonly Stack<ServedList> _free = new();

    public int Count => _byKey.Count;

    /// <summary>Held for the caller until <see cref="Release"/>.</summary>
    public ServedList? Find(in ServedListKey key, ReadOnlySpan<byte> user)
    {
        if (!_byKey.TryGetValue(key, out LinkedListNode<ServedList>? node)
            || !node.Value.User.SequenceEqual(user))
        {
            return null;
        }

        if (!ReferenceEquals(_byUse.First, node))
        {
            _byUse.Remove(node);
            _byUse.AddFirst(node);
        }

        node.Value.ReaderCount++;
        return node.Value;
    }

    /// <summary>Ends what <see cref="Find"/> began.</summary>
    public void Release(ServedList list)
    {
        list.ReaderCount--;
        FreeIfUnused(list);
    }

    /// <summary>
    /// The list that the user was served last, whatever its surface and filter. Valid until the writer's next step.
    /// </summary>
    public ServedList? Latest(ReadOnlySpan<byte> user) =>
        _latest.TryGetValue(StableHash.Compute(user), out ServedList? list) && list.User.SequenceEqual(user)
            ? list
            : null;

    /// <summary>A list to fill and then to store.</summary>
    public ServedList Rent() => _free.TryPop(out ServedList? list) ? list : new ServedList(dimension);

    public void Store(ServedList list)
    {
        list.IsRetired = false;
        _latest[list.Key.UserHash] = list;
        if (_byKey.TryGetValue(list.Key, out LinkedListNode<ServedList>? node))
        {
            Retire(node.Value);
            node.Value = list;
            return;
        }

        if (_byKey.Count >= countMax && _byUse.Last is { } last)
        {
            Evict(last);
            last.Value = list;
            _byUse.AddFirst(last);
            _byKey[list.Key] = last;
            return;
        }

        _byKey[list.Key] = _byUse.AddFirst(list);
    }

    /// <summary>Lets go of every list of a user.</summary>
    public void Forget(ReadOnlySpan<byte> user)
    {
        ulong hash = StableHash.Compute(user);
        _latest.Remove(hash);
        for (LinkedListNode<ServedList>? node = _byUse.First; node is not null;)
        {
            LinkedListNode<ServedList>? next = node.Next;
            if (node.Value.Key.UserHash == hash)
            {
                Evict(node);
            }

            node = next;
        }
    }

    private void Evict(LinkedListNode<ServedList> node)
    {
        _byUse.Remove(node);
        _byKey.Remove(node.Value.Key);
        ulong user = node.Value.Key.UserHash;
        if (_latest.TryGetValue(user, out ServedList? latest) && ReferenceEquals(latest, node.Value))
        {
            _latest.Remove(user);
        }

        Retire(node.Value);
    }

    private void Retire(ServedList list)
    {
        list.IsRetired = true;
        FreeIfUnused(list);
    }

    private void FreeIfUnused(ServedList list)
    {
        if (list.IsRetired && list.ReaderCount == 0)
        {
            _free.Push(list);
        }
    }
}
