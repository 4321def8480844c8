using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using Ebb.Engine.Store;
using Ebb.Kernels.Decay;

namespace Ebb.Bench.Micro;

/// <summary>
/// One batch of the partition's writer: read 256 users into its buffers and write them back, of 20,000 users drawn
/// evenly. In memory, and with a tenth of the log in memory, where nine in ten reads go to the scratch file (which
/// the system's page cache holds: this times the store, not a drive) and every write pays its part of compaction.
/// </summary>
[MemoryDiagnoser]
public class StoreBenchmarks
{
    private const int UserCount = 20_000;
    private const int BatchCount = 256;
    private const int KeyBytes = 16;

    private readonly byte[][] _users = new byte[UserCount][];
    private readonly ReadOnlyMemory<byte>[] _keys = new ReadOnlyMemory<byte>[BatchCount];
    private readonly Memory<byte>[] _records = new Memory<byte>[BatchCount];
    private readonly bool[] _found = new bool[BatchCount];
    private Random _random = new(42);
    private InterestStore _store = null!;

    /// <summary>With one half-life, 8 recent events and 16 ids: 456, 712 and 1,480 bytes a record.</summary>
    [Params(16, 80, 273)]
    public int Dimension { get; set; }

    [Params(false, true)]
    public bool Spilled { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var shape = new RecordShape(new BankShape(Dimension, [60_000d]), recentCapacity: 8, eventIdCapacity: 16);
        long bytes = UserCount * (long)shape.RecordBytes;
        _store = new InterestStore(null, 0, shape, Spilled ? bytes / 10 : bytes * 2, UserCount);
        for (int slot = 0; slot < BatchCount; slot++)
        {
            _records[slot] = new byte[shape.RecordBytes];
            UserRecord.Initialise(_records[slot].Span, shape, 1, 1);
        }

        for (int user = 0; user < UserCount; user++)
        {
            _users[user] = new byte[KeyBytes];
            BinaryPrimitives.WriteInt32BigEndian(_users[user], user);
            _store.Write(_users[user], _records[0].Span);
        }

        _random = new Random(42);
    }

    [GlobalCleanup]
    public void Cleanup() => _store.Dispose();

    [Benchmark(Baseline = true, OperationsPerInvoke = BatchCount)]
    public bool ReadMany()
    {
        Pick();
        _store.ReadMany(_keys, _records, _found);
        return _found[0];
    }

    [Benchmark(OperationsPerInvoke = BatchCount)]
    public bool ReadManyAndWrite()
    {
        Pick();
        _store.ReadMany(_keys, _records, _found);
        for (int slot = 0; slot < BatchCount; slot++)
        {
            _store.Write(_keys[slot].Span, _records[slot].Span);
        }

        return _found[0];
    }

    private void Pick()
    {
        for (int slot = 0; slot < BatchCount; slot++)
        {
            _keys[slot] = _users[_random.Next(UserCount)];
        }
    }
}
