using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Ebb.Engine.Store;

/// <summary>
/// SHA-256 of the folded state of all partitions: users in the order of their keys, each as u32 key length, key and
/// record without checksum, sequence and epoch; then u64 user count and the partitions' own state. Equal state gives
/// an equal hash whatever the order of arrival, the number of partitions or the epoch. Runs on the stores' owner, with
/// all of them at rest; it keeps every key in memory.
/// </summary>
public static class StateHasher
{
    private const int BatchCount = 256;

    /// <summary>Partition state is hashed as given: sum what is kept per partition before.</summary>
    public static byte[] Compute(IReadOnlyList<InterestStore> stores, ReadOnlySpan<byte> partitionState)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var sink = new KeySink();
        for (int index = 0; index < stores.Count; index++)
        {
            sink.StoreIndex = index;
            InterestStore store = stores[index];
            using UserScan scan = store.BeginScan();
            while (store.ReadNext(scan, BatchCount, sink) != 0)
            {
            }
        }

        int[] order = sink.Keys.SortedOrder();
        var batch = new ReadBatch(stores);
        foreach (int index in order)
        {
            if (!batch.TryAdd(sink.Stores[index], sink.Keys[index]))
            {
                batch.AppendTo(hash);
                batch.TryAdd(sink.Stores[index], sink.Keys[index]);
            }
        }

        batch.AppendTo(hash);
        Span<byte> count = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(count, (ulong)order.Length);
        hash.AppendData(count);
        hash.AppendData(partitionState);
        return hash.GetHashAndReset();
    }

    private sealed class KeySink : IUserSink
    {
        internal KeyList Keys { get; } = new();

        internal List<int> Stores { get; } = [];

        internal int StoreIndex { get; set; }

        public void OnUser(ReadOnlySpan<byte> key, ReadOnlySpan<byte> record)
        {
            Keys.Add(key);
            Stores.Add(StoreIndex);
        }
    }

    /// <summary>Users next in order, from several stores, read store by store and hashed in order.</summary>
    private sealed class ReadBatch(IReadOnlyList<InterestStore> stores)
    {
        private readonly List<int> _stores = [];
        private readonly List<byte[]> _keys = [];

        internal bool TryAdd(int store, ReadOnlySpan<byte> key)
        {
            if (_keys.Count == BatchCount)
            {
                return false;
            }

            _stores.Add(store);
            _keys.Add(key.ToArray());
            return true;
        }

        internal void AppendTo(IncrementalHash hash)
        {
            byte[][] records = new byte[_keys.Count][];
            foreach (int store in _stores.Distinct())
            {
                ReadFrom(store, records);
            }

            Span<byte> length = stackalloc byte[sizeof(uint)];
            for (int slot = 0; slot < records.Length; slot++)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)_keys[slot].Length);
                hash.AppendData(length);
                hash.AppendData(_keys[slot]);
                hash.AppendData(records[slot].AsSpan(UserRecord.VersionOffset..UserRecord.SequenceOffset));
                hash.AppendData(records[slot].AsSpan(UserRecord.EpochOffset + sizeof(uint)));
            }

            _stores.Clear();
            _keys.Clear();
        }

        private void ReadFrom(int store, byte[][] records)
        {
            int[] slots = [.. Enumerable.Range(0, _keys.Count).Where(slot => _stores[slot] == store)];
            ReadOnlyMemory<byte>[] keys = [.. slots.Select(slot => (ReadOnlyMemory<byte>)_keys[slot])];
            Memory<byte>[] targets = new Memory<byte>[slots.Length];
            bool[] found = new bool[slots.Length];
            for (int index = 0; index < slots.Length; index++)
            {
                targets[index] = records[slots[index]] = new byte[stores[store].Shape.RecordBytes];
            }

            stores[store].ReadMany(keys, targets, found);
            if (found.Contains(false))
            {
                throw new InvalidOperationException("the stores changed while their state was hashed");
            }
        }
    }
}
