using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Ebb.Engine.Graph.Live;
using Ebb.Engine.Merchandising;
using Ebb.Kernels.Memory;

namespace Ebb.Engine.Catalogue;

/// <summary>
/// The rows: ids, vectors, versions, attributes, and the two bitmaps of rows that queries leave out. Takes no lock: one
/// writer (the catalogue's writer lock); what is marked exclusive also needs the gate to itself.
/// A row is free (no id), hidden (an open change put its id first) or known (published at least once; live or removed).
/// </summary>
internal sealed class ItemTable : IDisposable
{
    private const byte InStockFlag = 1;
    private const byte HiddenFlag = 2;
    private const byte OffSaleFlag = 4;
    private const int GrowRowsMax = 65_536;

    private readonly PagedColumn<ulong> _versions = new();
    private readonly PagedColumn<ItemCodes> _codes = new();
    private readonly PagedColumn<byte> _flags = new();
    private readonly TagStore _tags = new();
    private readonly AttributeDictionary[] _dictionaries = [new(), new(), new(), new()];
    private readonly RowRuns _freeRows = new();

    private int[] _categories = [];
    private int _capacityRows;

    public ItemTable(ItemMatrix matrix)
    {
        Matrix = matrix;
    }

    public ItemMatrix Matrix { get; }

    public IdTable Ids { get; } = new();

    /// <summary>Rows taken so far, free ones between them included.</summary>
    public int RowCount { get; private set; }

    public int LiveCount { get; private set; }

    /// <summary>Rows that are not live. Bits past the last row are set, as in every bitmap of the catalogue.</summary>
    public ItemBitmap Dead { get; } = new();

    /// <summary>
    /// Rows that are not live, out of stock or out of their window: what the plain filter leaves out.
    /// </summary>
    public ItemBitmap Plain { get; } = new();

    /// <summary>Of rows that show a vector of the graph's.</summary>
    public OwnVectors Own { get; } = new();

    /// <summary>Vectors of brands, categories and other kinds. Replaced with the gate closed.</summary>
    public KindTables Kinds { get; set; } = KindTables.Empty;

    /// <summary>Windows and prices.</summary>
    public ShelfColumn Shelf { get; } = new();

    /// <summary>Replaced with the gate closed.</summary>
    public RuleBook Rules { get; set; } = RuleBook.Empty;

    /// <summary>What those of the rules do that add to scores; null: nothing.</summary>
    public RuleWeights? Weights { get; set; }

    /// <summary>As the lease tells it.</summary>
    public ulong OfferGeneration { get; set; }

    /// <summary>What windows are looked at with. 0 until recovery is through, which then settles them all.</summary>
    public Func<long> NowMs { get; set; } = static () => 0;

    public AttributeDictionary Dictionary(AttributeKind kind) => _dictionaries[(int)kind];

    /// <summary>
    /// Category codes by row, in one array: what a scan's bias by category reads. Replaced when it grows; 0 past the
    /// last row.
    /// </summary>
    public int[] Categories => _categories;

    public ulong Version(int row) => _versions[row];

    /// <summary>What a lookup of the row's id will read of it.</summary>
    public unsafe void PrefetchRow(int row)
    {
        Ids.PrefetchOffset(row);
        if (Sse.IsSupported)
        {
            // SAFETY: a prefetch touches nothing.
            Sse.Prefetch0(Unsafe.AsPointer(ref _versions[row]));
        }
    }

    public ref readonly ItemCodes Codes(int row) => ref _codes[row];

    public ReadOnlySpan<uint> Tags(int row) => _tags.Read(_codes[row].TagHandle);

    public bool InStock(int row) => (_flags[row] & InStockFlag) != 0;

    public bool IsHidden(int row) => (_flags[row] & HiddenFlag) != 0;

    public bool IsLive(int row) => (uint)row < (uint)RowCount && !Dead[row];

    /// <summary>A row to put a new id in; not taken until <see cref="TryGrow"/> and <see cref="Hide"/>.</summary>
    public int NextFreeRow() => _freeRows.RowCount > 0 ? _freeRows.Runs[^1].Start : RowCount;

    public bool HasCapacity(int rowCount) => rowCount <= _capacityRows;

    /// <summary>Exclusive. Room for rows, and some to spare where there is. False: the budget refuses.</summary>
    public bool TryGrow(int rowCount)
    {
        long spare = Math.Clamp(rowCount / 8, 64, GrowRowsMax);
        return TryGrowTo((int)Math.Min(rowCount + spare, Array.MaxLength)) || TryGrowTo(rowCount);
    }

    /// <summary>Puts a new id's data into a free row, out of sight; its vector is written apart.</summary>
    public void Hide(int row, in CodedItem item)
    {
        TakeRow(row);
        _flags[row] = HiddenFlag;
        SetAttributes(row, item);
        Ids.Add(row, item.Id);
    }

    /// <summary>Exclusive. Forgets a hidden row.</summary>
    public void Release(int row)
    {
        Ids.Remove(row);
        _tags.Free(_codes[row].TagHandle);
        _codes[row] = default;
        _categories[row] = 0;
        _flags[row] = 0;
        _versions[row] = 0;
        Own.Set(row, []);
    }

    /// <summary>Rows that hold nothing any more (or never did) may be taken again.</summary>
    public void AddFreeRows(int start, int count) => _freeRows.Add(start, count);

    /// <summary>Attributes of a row; exclusive if leases may look at it.</summary>
    public void SetAttributes(int row, in CodedItem item)
    {
        ref ItemCodes codes = ref _codes[row];
        _tags.Free(codes.TagHandle);
        codes = item.Codes;
        codes.TagHandle = _tags.Add(item.Tags);
        _categories[row] = (int)codes.Category;
        _flags[row] = (byte)((_flags[row] & ~InStockFlag) | (item.InStock ? InStockFlag : 0));
    }

    /// <summary>Version of hidden rows, which no lease looks at: not exclusive.</summary>
    public void SetVersions(RowRun run, ulong version)
    {
        for (int row = run.Start; row < run.End;)
        {
            Span<ulong> versions = _versions.Slice(row, run.End - row);
            versions.Fill(version);
            row += versions.Length;
        }
    }

    /// <summary>Exclusive. Makes rows live, with what their columns hold.</summary>
    public void Show(RowRun run)
    {
        // A word of 64 rows at a time: this is the part of publishing a bulk load for which every query waits.
        for (int row = run.Start; row < run.End;)
        {
            int bit = row & 63;
            int count = Math.Min(64 - bit, run.End - row);
            ulong inStock = 0;
            Span<byte> flags = _flags.Slice(row, count);
            for (int at = 0; at < flags.Length; at++)
            {
                bool isOnSale = (flags[at] & (InStockFlag | OffSaleFlag)) == InStockFlag;
                inStock |= (isOnSale ? 1UL : 0) << (bit + at);
                flags[at] = (byte)(flags[at] & ~HiddenFlag);
            }

            ulong mask = (ulong.MaxValue >> (64 - count)) << bit;
            ref ulong dead = ref Dead.MutableWords[row >> 6];
            ref ulong plain = ref Plain.MutableWords[row >> 6];
            LiveCount += BitOperations.PopCount(dead & mask);
            dead &= ~mask;
            plain = (plain & ~mask) | (mask & ~inStock);
            row += count;
        }

        if (run.End > Matrix.Count)
        {
            Matrix.Publish(run.End);
        }
    }

    /// <summary>Exclusive. Makes a row not live; it keeps its id, vector and version.</summary>
    public void Remove(int row)
    {
        LiveCount -= Dead[row] ? 0 : 1;
        Dead[row] = true;
        Plain[row] = true;
        _flags[row] = (byte)(_flags[row] & ~OffSaleFlag);
        Shelf.Clear(row);
        Own.Set(row, []);
    }

    /// <summary>
    /// Exclusive. Changes stock, window and price of a known row; true when it is on sale now and was not before.
    /// </summary>
    public bool Patch(int row, in RowPatch patch)
    {
        // Only in replay: a base that shows a removal later than the patch.
        if (!IsLive(row))
        {
            return false;
        }

        bool wasOnSale = !Plain[row];
        if (patch.Has(RowPatch.StockField))
        {
            _flags[row] = (byte)((_flags[row] & ~InStockFlag) | (patch.InStock ? InStockFlag : 0));
        }

        long nowMs = NowMs();
        ItemShelf shelf = Shelf[row].With(patch);
        if (shelf != default || Shelf.IsUsed)
        {
            Shelf.Set(row, shelf, nowMs);
        }

        LookAtWindow(row, shelf, nowMs);
        return !wasOnSale && !Plain[row];
    }

    /// <summary>After recovery: every window as of now.</summary>
    public void SettleShelf()
    {
        long nowMs = NowMs();
        Shelf.ForgetEdges();
        for (int row = 0; row < RowCount; row++)
        {
            ItemShelf shelf = Shelf[row];
            if (shelf != default && IsLive(row))
            {
                Shelf.Set(row, shelf, nowMs);
                LookAtWindow(row, shelf, nowMs);
            }
        }
    }

    /// <summary>Puts a row back as a base has it. False: the budget refuses.</summary>
    public bool TryRestore(int row, in CodedItem item, ulong version, bool isLive)
    {
        if (!HasCapacity(row + 1) && !TryGrow(row + 1))
        {
            return false;
        }

        var run = new RowRun(row, 1);
        Hide(row, item);
        Matrix.Write(row, item.Vector);
        Own.Set(row, item.Own);
        SetVersions(run, version);
        Show(run);
        if (!isLive)
        {
            Remove(row);
        }

        return true;
    }

    /// <summary>
    /// After recovery, which takes rows by number: rows without id are free, and the end is the last row with one.
    /// </summary>
    public void CollectFreeRows()
    {
        _freeRows.Clear();
        while (RowCount > 0 && Ids.Id(RowCount - 1).IsEmpty)
        {
            RowCount--;
        }

        for (int row = 0; row < RowCount; row++)
        {
            if (Ids.Id(row).IsEmpty)
            {
                _freeRows.Add(row);
            }
        }
    }

    public void Dispose() => Matrix.Dispose();

    /// <summary>Grows a bitmap with set bits.</summary>
    public static void EnsureRows(ItemBitmap bitmap, int rowCount)
    {
        int wordCount = bitmap.Words.Length;
        bitmap.EnsureRows(rowCount);
        bitmap.MutableWords[wordCount..].Fill(ulong.MaxValue);
    }

    private bool TryGrowTo(int rowCount)
    {
        try
        {
            Matrix.EnsureCapacity(rowCount);
        }
        catch (Exception e) when (e is MemoryBudgetExceededException or OutOfMemoryException)
        {
            return false;
        }

        _versions.EnsureRows(rowCount);
        _codes.EnsureRows(rowCount);
        if (_categories.Length < rowCount)
        {
            // By half as much again: unlike the paged columns this one is copied.
            Array.Resize(ref _categories, (int)Math.Min(Array.MaxLength, rowCount + (rowCount / 2L)));
        }

        _flags.EnsureRows(rowCount);
        Ids.EnsureRows(rowCount);
        EnsureRows(Dead, rowCount);
        EnsureRows(Plain, rowCount);
        _capacityRows = rowCount;
        return true;
    }

    /// <summary>A live row whose window has turned since it was last looked at.</summary>
    public bool IsWindowStale(int row) =>
        IsLive(row) && Shelf[row].IsOpen(NowMs()) == ((_flags[row] & OffSaleFlag) != 0);

    private void LookAtWindow(int row, in ItemShelf shelf, long nowMs)
    {
        _flags[row] = (byte)((_flags[row] & ~OffSaleFlag) | (shelf.IsOpen(nowMs) ? 0 : OffSaleFlag));
        Plain[row] = (_flags[row] & (InStockFlag | OffSaleFlag)) != InStockFlag;
    }

    private void TakeRow(int row)
    {
        if (_freeRows.RowCount > 0 && _freeRows.Runs[^1].Start == row)
        {
            _freeRows.TryTake(out _);
        }

        RowCount = Math.Max(RowCount, row + 1);
    }
}
