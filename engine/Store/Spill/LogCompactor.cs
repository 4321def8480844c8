using FASTER.core;

namespace Ebb.Engine.Store.Spill;

/// <summary>
/// Keeps dead versions from filling the disk: walks the log from its oldest end in passes, appends again what is still
/// the newest, and cuts off what it has walked. Runs on the store's owner, some pages each time the log has grown by
/// one, so a write that begins a page pays for reading and copying at most that many. Invariant: it cuts only below
/// what it has walked.
/// </summary>
internal sealed class LogCompactor(SpillLog log, int pageBytes, int recordBytes) : IDisposable
{
    private readonly byte[] _scratch = new byte[recordBytes];
    private IFasterScanIterator<SpanByte, SpanByte>? _pass;
    private long _passEnd;

    /// <summary>Walks about so many bytes, not beyond an address that others still read.</summary>
    internal void Step(long limitAddress, int byteCount)
    {
        long limit = limitAddress & ~((long)pageBytes - 1);
        if (_pass is null)
        {
            if (limit <= log.BeginAddress)
            {
                return;
            }

            _passEnd = limit;
            _pass = log.Scan(log.BeginAddress, _passEnd);
        }

        long from = Math.Max(_pass.NextAddress, log.BeginAddress);
        long until = Math.Min(from + byteCount, limit);
        bool more = true;
        while (_pass.NextAddress < until && (more = MoveNext()))
        {
            CopyIfNewest(_pass.CurrentAddress);
        }

        long walked = (more ? _pass.NextAddress : _passEnd) & ~((long)pageBytes - 1);
        if (!more)
        {
            EndPass();
        }

        walked = Math.Min(walked, limit);
        if (walked > log.BeginAddress)
        {
            log.TruncateBelow(walked);
        }
    }

    public void Dispose() => EndPass();

    private bool MoveNext()
    {
        try
        {
            return _pass!.GetNext(out _);
        }
        catch (FasterException error)
        {
            EndPass();
            throw new StoreException(
                $"the store cannot compact its spill files: {log.Device.ReadFault ?? "a disk read failed"}", error);
        }
    }

    private void CopyIfNewest(long address)
    {
        ReadOnlySpan<byte> value = _pass!.GetValue().AsReadOnlySpan();
        if (SpillFunctions.IsDeletion(value))
        {
            // Everything older of that user lies below and goes with it.
            return;
        }

        ReadOnlySpan<byte> key = _pass.GetKey().AsReadOnlySpan();
        int faultsBefore = log.Device.ReadFaultCount;
        log.BeginReads(1);
        log.ReadNewerThan(key, address, 0, _scratch);
        log.CompleteReads();
        if (log.Device.ReadFaultCount != faultsBefore)
        {
            throw new StoreException(
                $"the store cannot compact its spill files: {log.Device.ReadFault ?? "a disk read failed"}");
        }

        if (log.Outcome(0) == ReadOutcome.Nothing || log.AddressOf(0) <= address)
        {
            log.Upsert(key, value);
        }
    }

    private void EndPass()
    {
        _pass?.Dispose();
        _pass = null;
    }
}
