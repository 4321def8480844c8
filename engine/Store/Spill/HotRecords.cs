using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Ebb.Kernels.Memory;

namespace Ebb.Engine.Store.Spill;

/// <summary>
/// Where the records stand that may be changed where they are: a hint table of our own in front of FASTER's index, and
/// the places of FASTER's pages. A bucket is one cache line of eight entries (16 bits of the key's hash, 48 of the
/// record's address), so a batch can fetch buckets and records ahead. Invariant: every new record passes
/// <see cref="Add"/>, so of a key's records in the changeable region only the newest is ever found; what is forgotten
/// for want of room is merely found the long way. One thread. 8 to 16 bytes a record that fits memory.
/// </summary>
internal sealed unsafe class HotRecords : IDisposable
{
    /// <summary>FASTER's header of a record; key and value follow, each with its length, aligned to this.</summary>
    private const int RecordHeaderBytes = 8;

    private const int LineBytes = 64;
    private const int EntriesPerBucket = LineBytes / sizeof(ulong);
    private const int AddressBits = 48;
    private const ulong AddressMask = (1UL << AddressBits) - 1;

    // Enough for a bank of D = 128 at one half-life; of longer records the processor sees the stream by itself.
    private const int PrefetchedBankBytesMax = 9 * LineBytes;

    // Below this a page is a small part of a huge one, and the store is small.
    private const int CollapsedPageBytesMin = 512 << 10;

    private readonly RecordShape _shape;
    private readonly ulong* _entries;
    private readonly nuint _bytes;
    private readonly ulong _bucketMask;
    private readonly nint[] _pages;
    private readonly int _pageBits;
    private long _lastPage = -1;

    internal HotRecords(LogSizes sizes, RecordShape shape, long recordCountMax)
    {
        _shape = shape;
        _pageBits = BitOperations.Log2((uint)sizes.PageBytes);
        _pages = new nint[sizes.CircleBytes >> _pageBits];
        ulong buckets = BitOperations.RoundUpToPowerOf2(
            (ulong)Math.Max(1, recordCountMax / (EntriesPerBucket / 2)));
        _bucketMask = buckets - 1;
        _bytes = (nuint)(buckets * LineBytes);
        _entries = (ulong*)NativePages.Allocate(_bytes);
    }

    /// <summary>A record of this key was begun at the log's end: it is the newest from here on.</summary>
    /// <param name="hash">Of the key; the same function always.</param>
    /// <param name="value">Its value in the page, from the length on.</param>
    /// <param name="changeableFrom">Addresses below are not changed any more.</param>
    internal void Add(ReadOnlySpan<byte> key, ulong hash, long address, nint value, long changeableFrom)
    {
        nint record = value - ValueOffset(key.Length);
        NotePage(address, record);
        ulong tag = TagOf(hash);
        ulong* bucket = Bucket(hash);
        ulong* target = bucket;
        for (int index = 0; index < EntriesPerBucket; index++)
        {
            ulong entry = bucket[index];
            long known = (long)(entry & AddressMask);
            if (known >= changeableFrom && entry >> AddressBits == tag && KeyAt(Place(known)).SequenceEqual(key))
            {
                target = bucket + index;
                break;
            }

            // Else the oldest goes: an empty entry and one that left the region are older than any other.
            target = known < (long)(*target & AddressMask) ? bucket + index : target;
        }

        *target = (tag << AddressBits) | (ulong)address;
    }

    /// <summary>The key's record where it may be changed; 0 when it is not there or not known to be.</summary>
    internal nint Find(ReadOnlySpan<byte> key, ulong hash, long changeableFrom)
    {
        ulong* bucket = Bucket(hash);
        for (uint left = EntriesOf(TagOf(hash), bucket); left != 0; left &= left - 1)
        {
            long address = (long)(bucket[BitOperations.TrailingZeroCount(left)] & AddressMask);
            byte* record = Place(address);
            if (address >= changeableFrom && KeyAt(record).SequenceEqual(key))
            {
                byte* value = record + ValueOffset(key.Length);
                return *(int*)value == _shape.RecordBytes ? (nint)(value + sizeof(int)) : 0;
            }
        }

        return 0;
    }

    /// <summary>Fetches the bucket of a key that <see cref="PrefetchHead"/> will be asked for.</summary>
    internal void PrefetchBucket(ulong hash) => Fetch((byte*)Bucket(hash));

    /// <summary>Fetches key and head of the record that the hash leads to.</summary>
    internal void PrefetchHead(ulong hash, int keyBytes, long changeableFrom)
    {
        ulong* bucket = Bucket(hash);
        for (uint left = EntriesOf(TagOf(hash), bucket); left != 0; left &= left - 1)
        {
            long address = (long)(bucket[BitOperations.TrailingZeroCount(left)] & AddressMask);
            if (address >= changeableFrom)
            {
                byte* record = Place(address);
                byte* end = record + ValueOffset(keyBytes) + sizeof(int) + RecordShape.HeaderBytes;
                for (byte* line = record; line < end; line += LineBytes)
                {
                    Fetch(line);
                }

                Fetch(end - 1);
            }
        }
    }

    /// <summary>Fetches head and bank of a record.</summary>
    internal void PrefetchFold(nint record)
    {
        byte* head = (byte*)record;
        Fetch(head);
        Fetch(head + RecordShape.HeaderBytes - 1);
        byte* bank = head + _shape.BankOffset;
        byte* end = bank + Math.Min(_shape.Bank.BankLength * sizeof(float), PrefetchedBankBytesMax);
        for (byte* line = bank; line < end; line += LineBytes)
        {
            Fetch(line);
        }

        Fetch(end - 1);
    }

    /// <summary>Fetches the slot of the ring that the next event goes to.</summary>
    internal void PrefetchNextEvent(nint record)
    {
        int slot = ((byte*)record)[UserRecord.RecentHeadOffset];
        byte* place = (byte*)record + _shape.RecentOffset + (slot * RecordShape.RecentBytes);
        Fetch(place);
        Fetch(place + RecordShape.RecentBytes - 1);
    }

    public void Dispose() => NativePages.Free((nint)_entries, _bytes);

    // A bit for each entry of this tag. All eight at once: which of them it is cannot be foretold, and after a branch
    // guessed wrong the processor would wait for this bucket before it asks for the next user's record.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // bench/Wire at depth 64
    private static uint EntriesOf(ulong tag, ulong* bucket)
    {
        Vector256<ulong> wanted = Vector256.Create(tag);
        var first = Vector256.Load(bucket) >>> AddressBits;
        var second = Vector256.Load(bucket + Vector256<ulong>.Count) >>> AddressBits;
        return Vector256.Equals(first, wanted).ExtractMostSignificantBits()
            | (Vector256.Equals(second, wanted).ExtractMostSignificantBits() << Vector256<ulong>.Count);
    }

    private static ulong TagOf(ulong hash) => (hash >> 32) & 0xFFFF;

    private static int ValueOffset(int keyBytes) =>
        RecordHeaderBytes + ((sizeof(int) + keyBytes + 7) & ~7);

    // SAFETY: record is the start of one that was written into a page that is still changeable.
    private static ReadOnlySpan<byte> KeyAt(byte* record) =>
        new(record + RecordHeaderBytes + sizeof(int), *(int*)(record + RecordHeaderBytes));

    // A page that is full is random reads from here on: 4 KiB pages would cost a walk of the page table at each.
    private void NotePage(long address, nint record)
    {
        long page = address >> _pageBits;
        if (page == _lastPage)
        {
            return;
        }

        if (_lastPage >= 0 && PageMask + 1 >= CollapsedPageBytesMin)
        {
            NativePages.TryCollapse(_pages[_lastPage & (_pages.Length - 1)], (nint)PageMask + 1);
        }

        _lastPage = page;
        _pages[PageOf(address)] = record - (nint)(address & PageMask);
    }

    // A hint: an address of any kind is allowed.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // bench/Wire at depth 64
    private static void Fetch(byte* line)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(line);
        }
    }

    private long PageMask => (1L << _pageBits) - 1;

    private int PageOf(long address) => (int)(address >> _pageBits) & (_pages.Length - 1);

    // SAFETY: an address at or above the read-only one lies in a page that FASTER neither frees nor moves, and whose
    // place was noted when the record was begun.
    private byte* Place(long address) => (byte*)(_pages[PageOf(address)] + (nint)(address & PageMask));

    private ulong* Bucket(ulong hash) => _entries + ((hash & _bucketMask) * EntriesPerBucket);
}
