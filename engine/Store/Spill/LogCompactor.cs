using FASTER.core;

namespace Ebb.Engine.Store.Spill;

/// <summary>
/// Keeps dead versions from filling the disk: walks the log from its oldest end in passes, appends again what is still
/// the newest, and cuts off what it has walked. Runs on the store's owner, some pages each time the log has grown by
/// one, so a write that begins a page pays for reading and copying at most that many. Invariant: it cuts only below
/// what it has walked, and never again once a walk failed.
/// </summary>
internal sealed class LogCompactor(SpillLog log, int pageBytes, int recordBytes) : IDisposable
{
    // Whether a record is the newest may take a disk read; so many go out side by side.
    private const int BatchCount = 64;

    private readonly byte[] _keys = new byte[BatchCount * InterestStore.KeyBytesMax];
    private readonly int[] _keyBytes = new int[BatchCount];
    private readonly byte[] _values = new byte[BatchCount * recordBytes];
    private readonly long[] _addresses = new long[BatchCount];
    private int _count;
    private IFasterScanIterator<SpanByte, SpanByte>? _pass;
    private long _passEnd;
    private bool _hasFailed;

    /// <summary>Walks about so many bytes, and cuts nothing at or above an address that others still read.</summary>
    internal void Step(long limitAddress, int byteCount)
    {
        long limit = limitAddress & ~((long)pageBytes - 1);
        if (_hasFailed || limit <= log.BeginAddress)
        {
            return;
        }

        _hasFailed = true;
        if (_pass is null)
        {
            _passEnd = limit;
            _pass = log.Scan(log.BeginAddress, _passEnd);
        }

        long until = Math.Min(Math.Max(_pass.NextAddress, log.BeginAddress) + byteCount, limit);
        bool more = true;
        while (_pass.NextAddress < until && (more = log.MoveNext(_pass)))
        {
            Take(_pass);
        }

        CopyNewest();
        long walked = more ? _pass.NextAddress : _passEnd;
        if (!more)
        {
            EndPass();
        }

        walked = Math.Min(walked & ~((long)pageBytes - 1), limit);
        if (walked > log.BeginAddress)
        {
            log.TruncateBelow(walked);
        }

        _hasFailed = false;
    }

    public void Dispose() => EndPass();

    private void Take(IFasterScanIterator<SpanByte, SpanByte> record)
    {
        ReadOnlySpan<byte> value = record.GetValue().AsReadOnlySpan();
        if (SpillFunctions.IsDeletion(value))
        {
            // Everything older of that user lies below and goes with it.
            return;
        }

        ReadOnlySpan<byte> key = record.GetKey().AsReadOnlySpan();
        key.CopyTo(_keys.AsSpan(_count * InterestStore.KeyBytesMax));
        _keyBytes[_count] = key.Length;
        value.CopyTo(ValueOf(_count));
        _addresses[_count] = record.CurrentAddress;
        if (++_count == BatchCount)
        {
            CopyNewest();
        }
    }

    private void CopyNewest()
    {
        int faultsBefore = log.Device.ReadFaultCount;
        log.BeginReads(_count);
        for (int slot = 0; slot < _count; slot++)
        {
            log.ReadNewerThan(KeyOf(slot), _addresses[slot], slot, default);
        }

        log.CompleteReads();
        log.ThrowIfFaulted(faultsBefore);
        for (int slot = 0; slot < _count; slot++)
        {
            if (log.Outcome(slot) == ReadOutcome.Nothing || log.AddressOf(slot) <= _addresses[slot])
            {
                log.Upsert(KeyOf(slot), ValueOf(slot));
            }
        }

        _count = 0;
    }

    private ReadOnlySpan<byte> KeyOf(int slot) =>
        _keys.AsSpan(slot * InterestStore.KeyBytesMax, _keyBytes[slot]);

    private Span<byte> ValueOf(int slot) => _values.AsSpan(slot * recordBytes, recordBytes);

    private void EndPass()
    {
        _pass?.Dispose();
        _pass = null;
    }
}
