using Ebb.Engine.Batching;
using Ebb.Engine.Log;

namespace Ebb.Server.Transport;

/// <summary>
/// Knows up to which sequence everything that one session wrote over one connection is durable. Writes are counted into
/// groups in the order of arrival; a group is passed when all its writes are answered and the log positions that they
/// told are committed. Thread-safe. At most 4096 groups: past that the last one takes all that comes, so memory is
/// bounded however far commits fall behind.
/// </summary>
internal sealed class DurableTracker(ulong initialMark)
{
    private const int GroupWritesMax = 64;
    private const int GroupCountMax = 4096;

    private readonly Lock _lock = new();
    private readonly Queue<Group> _groups = new();
    private readonly Stack<Group> _spare = new();
    private Group? _open;
    private ulong _mark = initialMark;

    /// <summary>The mark as last advanced.</summary>
    public ulong Mark => Volatile.Read(ref _mark);

    public bool HasPending => GroupCount > 0;

    public int GroupCount
    {
        get
        {
            lock (_lock)
            {
                return _groups.Count;
            }
        }
    }

    /// <summary>A write has arrived; its group is told again when it is answered.</summary>
    public Group Begin(ulong lastSequence)
    {
        lock (_lock)
        {
            if (_open is null || (_open.WriteCount >= GroupWritesMax && _groups.Count < GroupCountMax))
            {
                _open = _spare.TryPop(out var spare) ? spare : new Group();
                _groups.Enqueue(_open);
            }

            _open.WriteCount++;
            _open.Unanswered++;
            _open.LastSequence = Math.Max(_open.LastSequence, lastSequence);
            return _open;
        }
    }

    public void Answered(Group group, List<PartitionPosition> positions)
    {
        lock (_lock)
        {
            group.Unanswered--;
            foreach (var position in positions)
            {
                group.Require(position.Partition, position.Position);
            }
        }
    }

    /// <summary>Passes what has become durable; true when the mark has moved.</summary>
    public bool TryAdvance(IEngineDoor engine)
    {
        lock (_lock)
        {
            ulong before = _mark;
            while (_groups.TryPeek(out var group) && group.Unanswered == 0 && group.IsDurable(engine))
            {
                _groups.Dequeue();
                _mark = Math.Max(_mark, group.LastSequence);
                if (_open == group)
                {
                    _open = null;
                }

                group.Clear();
                _spare.Push(group);
            }

            return _mark != before;
        }
    }

    /// <summary>
    /// Consecutive writes and the positions that make them durable. Touched under the tracker's lock only.
    /// </summary>
    internal sealed class Group
    {
        private readonly List<PartitionPosition> _required = [];

        public int WriteCount { get; set; }

        public int Unanswered { get; set; }

        public ulong LastSequence { get; set; }

        public void Require(ushort partition, LogPosition position)
        {
            for (int index = 0; index < _required.Count; index++)
            {
                if (_required[index].Partition == partition)
                {
                    if (position.CompareTo(_required[index].Position) > 0)
                    {
                        _required[index] = new PartitionPosition(partition, position);
                    }

                    return;
                }
            }

            _required.Add(new PartitionPosition(partition, position));
        }

        public bool IsDurable(IEngineDoor engine)
        {
            foreach (var required in _required)
            {
                if (engine.DurableSequence(required.Partition) < required.Position.Sequence)
                {
                    return false;
                }
            }

            return true;
        }

        public void Clear()
        {
            _required.Clear();
            WriteCount = 0;
            Unanswered = 0;
            LastSequence = 0;
        }
    }
}
