using System.Globalization;

namespace Ebb.Engine.Log;

/// <summary>
/// Reads one partition's committed entries in order and checks each: frame, CRC, partition, density, epoch order,
/// and that the log reaches its durable mark. At the tail MoveNext answers false; called again after a commit it goes
/// on. One thread; the log may be appended to, committed and trimmed meanwhile.
/// </summary>
internal sealed class PartitionReader : IEventLogReader
{
    private readonly Func<CommitPoint> _durableNow;
    private readonly FrameCursor _cursor;
    private readonly string _folder;
    private readonly ushort _partition;
    private readonly ulong _from;
    private CommitPoint _durable;
    private ulong _expected;
    private uint _epoch;

    /// <param name="durable">How far the log is durable now.</param>
    public PartitionReader(Func<CommitPoint> durable, string folder, ushort partition, ulong sequence)
    {
        _durableNow = durable;
        _folder = folder;
        _partition = partition;
        _from = sequence;
        _durable = durable();
        _cursor = new FrameCursor(folder, partition);
        _expected = Math.Min(sequence, _durable.LastSequence + 1);
        long address = _durable.UntilAddress;
        if (_expected <= _durable.LastSequence)
        {
            long? found = SequenceSearch.AddressOf(_cursor, _durable, _expected);
            address = found ?? -1;
        }

        if (address < 0)
        {
            string fault = _cursor.Fault.Length > 0 ? _cursor.Fault : "it is not where its neighbours are";
            _cursor.Dispose();
            throw Damaged(fault);
        }

        _cursor.Seek(address);
    }

    public LogPosition Position => _cursor.Position;

    public ReadOnlySpan<byte> Payload => _cursor.Payload;

    public bool MoveNext()
    {
        while (true)
        {
            switch (_cursor.MoveNext(_durable.UntilAddress))
            {
                case CursorStep.Entry:
                    Check(_cursor.Position);
                    if (_cursor.Position.Sequence >= _from)
                    {
                        return true;
                    }

                    break;
                case CursorStep.End:
                    if (!TryGoOn())
                    {
                        return false;
                    }

                    break;
                default:
                    throw Damaged(_cursor.Fault);
            }
        }
    }

    public void Dispose() => _cursor.Dispose();

    private void Check(LogPosition position)
    {
        if (position.Sequence != _expected)
        {
            throw Damaged(Invariant($"sequence {position.Sequence} stands here"));
        }

        if (position.Epoch < _epoch)
        {
            throw Damaged(Invariant($"epoch {position.Epoch} follows epoch {_epoch}"));
        }

        _epoch = position.Epoch;
        _expected++;
    }

    private bool TryGoOn()
    {
        if (_expected != _durable.LastSequence + 1)
        {
            throw Damaged(Invariant($"the log ends before its mark {_durable.LastSequence}"));
        }

        CommitPoint now = _durableNow();
        bool isLonger = now.UntilAddress > _durable.UntilAddress;
        _durable = now;
        return isLonger;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private EventLogException Damaged(string what) => LogFault.Damaged(_folder, _partition, _expected, what);
}
