using System.Runtime.CompilerServices;

namespace Ebb.Engine.Catalogue;

/// <summary>
/// One value a row in pages that never move, so growing copies a page table and not the rows. One writer; readers of
/// rows that were shown to them need no lock of their own.
/// </summary>
internal sealed class PagedColumn<T>
    where T : struct
{
    public const int PageRows = 4096;

    private const int PageShift = 12;

    private T[][] _pages = [];

    public ref T this[int row]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _pages[row >> PageShift][row & (PageRows - 1)];
    }

    public void EnsureRows(int rowCount)
    {
        int pageCount = (int)(((long)rowCount + PageRows - 1) >> PageShift);
        if (pageCount <= _pages.Length)
        {
            return;
        }

        var pages = new T[pageCount][];
        _pages.CopyTo(pages, 0);
        for (int page = _pages.Length; page < pageCount; page++)
        {
            pages[page] = new T[PageRows];
        }

        Volatile.Write(ref _pages, pages);
    }

    /// <summary>The rows from the first on that lie in its page, at most <paramref name="rowCount"/>.</summary>
    public Span<T> Slice(int row, int rowCount)
    {
        int offset = row & (PageRows - 1);
        return _pages[row >> PageShift].AsSpan(offset, Math.Min(rowCount, PageRows - offset));
    }
}
