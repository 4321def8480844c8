using Ebb.Engine.Store;
using Xunit;

namespace Ebb.Engine.Tests.Store;

/// <summary>
/// Works on a store as the partition's writer does: reads a batch of random users, changes what it read, writes whole
/// records back, deletes now and then. The same seed makes the same changes on any store.
/// </summary>
internal sealed class RandomUpdates
{
    private const int BatchCount = 250;
    private const int DeleteOneIn = 20;

    private readonly InterestStore _store;
    private readonly Random _random = new(StoreSamples.Seed);
    private readonly bool[] _isThere;
    private readonly int[] _users = new int[BatchCount];
    private readonly ReadOnlyMemory<byte>[] _keys = new ReadOnlyMemory<byte>[BatchCount];
    private readonly Memory<byte>[] _records = new Memory<byte>[BatchCount];
    private readonly bool[] _found = new bool[BatchCount];

    internal RandomUpdates(InterestStore store, int userCount)
    {
        _store = store;
        _isThere = new bool[userCount];
        for (int slot = 0; slot < BatchCount; slot++)
        {
            _records[slot] = new byte[store.Shape.RecordBytes];
        }
    }

    internal long LogBytesMax { get; private set; }

    internal void Run(int updateCount)
    {
        for (int done = 0; done < updateCount; done += BatchCount)
        {
            PickDifferentUsers();
            _store.ReadMany(_keys, _records, _found);
            for (int slot = 0; slot < BatchCount; slot++)
            {
                Assert.Equal(_isThere[_users[slot]], _found[slot]);
                Update(slot);
            }

            LogBytesMax = Math.Max(LogBytesMax, _store.LogBytes);
        }
    }

    private void PickDifferentUsers()
    {
        var picked = new HashSet<int>();
        for (int slot = 0; slot < BatchCount; slot++)
        {
            do
            {
                _users[slot] = _random.Next(_isThere.Length);
            }
            while (!picked.Add(_users[slot]));
            _keys[slot] = StoreSamples.Key(_users[slot]);
        }
    }

    private void Update(int slot)
    {
        Span<byte> bytes = _records[slot].Span;
        if (_found[slot] && _random.Next(DeleteOneIn) == 0)
        {
            _store.Delete(_keys[slot].Span);
            _isThere[_users[slot]] = false;
            return;
        }

        if (!_found[slot])
        {
            StoreSamples.Fill(bytes, _store.Shape, _users[slot], 0);
        }

        // What is written follows from what was read, so a stale or foreign read changes all that comes after.
        var record = new UserRecord(bytes, _store.Shape);
        record.EventCount++;
        record.Bank[(int)(record.EventCount % 16)] += _random.NextSingle();
        record.PushEventId(record.EventCount);
        record.Seal();
        _store.Write(_keys[slot].Span, bytes);
        _isThere[_users[slot]] = true;
    }
}
