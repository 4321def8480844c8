using System.Diagnostics;
using Ebb.Engine.Batching;
using Ebb.Engine.Store;

namespace Ebb.Engine.Recovery;

/// <summary>
/// Reads all users of a partition into a sink while it serves. A turn of the partition only copies a few records into
/// memory; what the sink does with them, disk writes above all, happens between the turns on the caller's thread. So a
/// request waits for some tens of microseconds of it and never for the disk. One thread, which may block.
/// </summary>
internal sealed class UserSliceReader(Partition partition, double share, CancellationToken cancellation)
{
    private const int SliceRecordCount = 32;
    private const double ShareMin = 0.01;

    /// <summary>Shorter waits are gathered first: the system's sleeps are no finer.</summary>
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(2);

    private readonly Slice _slice = new();
    private readonly double _rest = (1 / Math.Clamp(share, ShareMin, 1)) - 1;

    public Partition Partition => partition;

    /// <summary>Makes the sink of a scan, which is ended where that fails.</summary>
    public TSink Begin<TSink>(UserScan scan, Func<TSink> make)
    {
        try
        {
            return make();
        }
        catch
        {
            End(scan);
            throw;
        }
    }

    /// <summary>Ends the scan, also where it fails.</summary>
    public void Read(UserScan scan, IUserSink sink)
    {
        TimeSpan owed = TimeSpan.Zero;
        try
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                long started = Stopwatch.GetTimestamp();
                int read = InTurn(turn => turn.Batch.Parts.Store.ReadNext(scan, SliceRecordCount, _slice));
                _slice.MoveTo(sink);
                if (read == 0)
                {
                    return;
                }

                owed += Stopwatch.GetElapsedTime(started) * _rest;
                if (owed >= PauseMin)
                {
                    cancellation.WaitHandle.WaitOne(owed);
                    owed = TimeSpan.Zero;
                }
            }
        }
        finally
        {
            End(scan);
        }
    }

    private void End(UserScan scan) => InTurn(_ =>
    {
        scan.Dispose();
        return true;
    });

    private TResult InTurn<TResult>(Func<Partition, TResult> function)
    {
        var turn = new ExclusiveTurn<TResult>(function);
        partition.Post(turn);
        return turn.Result.GetAwaiter().GetResult();
    }

    /// <summary>Copies of keys and records, until they are moved on.</summary>
    private sealed class Slice : IUserSink
    {
        private readonly List<(int Key, int Record)> _lengths = [];
        private byte[] _bytes = [];
        private int _length;

        public void OnUser(ReadOnlySpan<byte> key, ReadOnlySpan<byte> record)
        {
            int end = _length + key.Length + record.Length;
            if (end > _bytes.Length)
            {
                Array.Resize(ref _bytes, Math.Max(end, _bytes.Length * 2));
            }

            key.CopyTo(_bytes.AsSpan(_length));
            record.CopyTo(_bytes.AsSpan(_length + key.Length));
            _length = end;
            _lengths.Add((key.Length, record.Length));
        }

        public void MoveTo(IUserSink sink)
        {
            int at = 0;
            foreach ((int key, int record) in _lengths)
            {
                sink.OnUser(_bytes.AsSpan(at, key), _bytes.AsSpan(at + key, record));
                at += key + record;
            }

            _lengths.Clear();
            _length = 0;
        }
    }
}
