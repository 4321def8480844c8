using FASTER.core;

namespace Ebb.Engine.Store;

/// <summary>
/// Scans in slices between writes. Sequential over the log: a record is given from the scan's own page when nothing
/// newer is above it. A user whose newest record was appended since the start is given once, from where it stands now.
/// </summary>
public sealed partial class InterestStore
{
    /// <summary>Begins a scan over the users present now. Dispose it if it is not read to its end.</summary>
    public UserScan BeginScan()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        long from = _log.BeginAddress;
        long until = _log.TailAddress;
        var scan = new UserScan(_log.Scan(from, until), from, until, ended => _scans.Remove(ended));
        _scans.Add(scan);
        return scan;
    }

    /// <summary>
    /// Gives up to so many more users to the sink and says how many; 0 means that the scan is complete. Every user
    /// present at the start and not deleted since comes exactly once, with its newest record; newer users may come.
    /// A scan that threw gives nothing more.
    /// </summary>
    public int ReadNext(UserScan scan, int userCountMax, IUserSink sink)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(userCountMax);
        if (scan.HasFailed)
        {
            throw new InvalidOperationException("this scan failed; begin another");
        }

        try
        {
            return GiveMany(scan, userCountMax, sink);
        }
        catch
        {
            scan.Fail();
            throw;
        }
    }

    private int GiveMany(UserScan scan, int userCountMax, IUserSink sink)
    {
        int given = 0;
        while (given < userCountMax && !scan.IsComplete)
        {
            if (!_log.MoveNext(scan.Records))
            {
                scan.Dispose();
                break;
            }

            ref SpanByte key = ref scan.Records.GetKey();
            ref SpanByte value = ref scan.Records.GetValue();
            if (Give(scan, key.AsReadOnlySpan(), value.AsReadOnlySpan(), sink))
            {
                given++;
            }
        }

        return given;
    }

    private bool Give(UserScan scan, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, IUserSink sink)
    {
        long address = scan.Records.CurrentAddress;
        int faultsBefore = _log.Device.ReadFaultCount;
        _log.BeginReads(1);
        _log.ReadNewerThan(key, address, 0, _scratch);
        _log.CompleteReads();
        bool isThere = Settle(key, 0, default, _log.Device.ReadFaultCount != faultsBefore);
        long newest = _log.Outcome(0) == Spill.ReadOutcome.Nothing ? address : _log.AddressOf(0);
        if (newest <= address)
        {
            if (Spill.SpillFunctions.IsDeletion(value))
            {
                return false;
            }

            CheckIntact(key, value);
            if (UserRecord.IsOpen(value))
            {
                value.CopyTo(_scratch);
                value = _scratch;
                SealIfOpen(_scratch);
            }

            sink.OnUser(key, value);
            return true;
        }

        // Below the end of the scan it will come by itself; above, the first sight of the user is its turn.
        if (!isThere || newest < scan.UntilAddress || !scan.GivenEarly.Add(KeyHash.Compute128(key)))
        {
            return false;
        }

        CheckIntact(key, _scratch);
        SealIfOpen(_scratch);
        sink.OnUser(key, _scratch);
        return true;
    }
}
