using Ebb.Engine.Interest;

namespace Ebb.Engine.Ranking;

/// <summary>
/// The lists kept by one partition, bounded; the least recently used goes first. Owned by the partition's writer.
/// </summary>
internal sealed class ServedLists(int countMax)
{
    private readonly Dictionary<ServedListKey, LinkedListNode<ServedList>> _byKey = [];
    private readonly LinkedList<ServedList> _byUse = [];
    private readonly Dictionary<ulong, ServedList> _latest = [];

    public int Count => _byKey.Count;

    public ServedList? Find(in ServedListKey key, ReadOnlySpan<byte> user)
    {
        if (!_byKey.TryGetValue(key, out LinkedListNode<ServedList>? node)
            || !node.Value.User.AsSpan().SequenceEqual(user))
        {
            return null;
        }

        if (!ReferenceEquals(_byUse.First, node))
        {
            _byUse.Remove(node);
            _byUse.AddFirst(node);
        }

        return node.Value;
    }

    /// <summary>The list that the user was served last, whatever its surface and filter.</summary>
    public ServedList? Latest(ReadOnlySpan<byte> user) =>
        _latest.TryGetValue(StableHash.Compute(user), out ServedList? list) && list.User.AsSpan().SequenceEqual(user)
            ? list
            : null;

    public void Store(ServedList list)
    {
        _latest[list.Key.UserHash] = list;
        if (_byKey.TryGetValue(list.Key, out LinkedListNode<ServedList>? node))
        {
            node.Value = list;
            return;
        }

        if (_byKey.Count >= countMax && _byUse.Last is { } last)
        {
            _byKey.Remove(last.Value.Key);
            _latest.Remove(last.Value.Key.UserHash);
            _byUse.RemoveLast();
        }

        _byKey[list.Key] = _byUse.AddFirst(list);
    }
}
