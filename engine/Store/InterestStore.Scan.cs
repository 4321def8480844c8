using System.Diagnostics;
using FASTER.core;

namespace Ebb.Engine.Store;

/// <summary>
/// Scans in slices between writes. Sequential over the log: a record is given from the scan's own page when nothing
/// newer is above it. A user whose newest record was appended since the start is given once, from where it stands now.
/// </summary>
public sealed partial class InterestStore
{
    private static readonly TimeSpan SliceTimeMax = TimeSpan.FromMicroseconds(500);

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
    /// Looks at up to so many more records, gives those of users to the sink and says how many it looked at; 0 means
    /// that the scan is complete. Every user present at the start and not deleted since comes exactly once, with its newest
    /// record; newer users may come. A scan that threw gives nothing more.
    /// </summary>
    public int ReadNext(UserScan scan, int recordCountMax, IUserSink sink)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(recordCountMax);
        if (scan.HasFailed)
        {
            throw new InvalidOperationException("this scan failed; begin another");
        }

        try
        {
            return GiveMany(scan, recordCountMax, sink);
        }
        catch
        {
            scan.Fail();
            throw;
        }
    }

    // Records, not users: stretches of the log are nothing but superseded ones, and who is served waits for this slice.
    // For the same reason it ends early where records have to come from the disk.
    private int GiveMany(UserScan scan, int recordCountMax, IUserSink sink)
    {
        int looked = 0;
        long started = Stopwatch.GetTimestamp();
        while (looked < recordCountMax && !scan.IsComplete
            && (looked == 0 || Stopwatch.GetElapsedTime(started) < SliceTimeMax))
        {
            if (!_log.MoveNext(scan.Records))
            {
                scan.Dispose();
                break;
            }

            ref SpanByte key = ref scan.Records.GetKey();
            ref SpanByte value = ref scan.Records.GetValue();
            Give(scan, key.AsReadOnlySpan(), value.AsReadOnlySpan(), sink);
            looked++;
        }

        return looked;
    }

    private void Give(UserScan scan, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, IUserSink sink)
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
                return;
            }

            CheckIntact(key, value);
            if (UserRecord.IsOpen(value))
            {
                value.CopyTo(_scratch);
                value = _scratch;
                SealIfOpen(_scratch);
            }

            sink.OnUser(key, value);
            return;
        }

        // Below the end of the scan it will come by itself; above, the first sight of the user is its turn.
        if (!isThere || newest < scan.UntilAddress || !scan.GivenEarly.Add(KeyHash.Compute128(key)))
        {
            return;
        }

        CheckIntact(key, _scratch);
        SealIfOpen(_scratch);
        sink.OnUser(key, _scratch);
    }
}
