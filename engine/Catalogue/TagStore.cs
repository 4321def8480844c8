namespace Ebb.Engine.Catalogue;

/// <summary>
/// Tag codes of rows, 1 to 16 each, in one arena of 32-bit words: a slot is its count, then the codes. A handle is the
/// slot's word offset; 0 is no tags. Freed slots wait in a list per count (linked through the word after the count).
/// One writer; readers beside it may read slots that are not freed.
/// </summary>
internal sealed class TagStore
{
    private const int PageWords = 1 << 14;

    private readonly uint[] _free = new uint[ItemPut.TagCountMax + 1];

    private uint[][] _pages = [];
    private long _end = 1;

    public long SizeBytes => (long)_pages.Length * PageWords * 4;

    public ReadOnlySpan<uint> Read(uint handle)
    {
        if (handle == 0)
        {
            return default;
        }

        uint[] page = _pages[handle / PageWords];
        int at = (int)(handle % PageWords);
        return page.AsSpan(at + 1, (int)page[at]);
    }

    public uint Add(ReadOnlySpan<uint> codes)
    {
        if (codes.IsEmpty)
        {
            return 0;
        }

        uint handle = _free[codes.Length];
        if (handle != 0)
        {
            _free[codes.Length] = Word(handle + 1);
        }
        else
        {
            handle = Extend(codes.Length + 1);
            Word(handle) = (uint)codes.Length;
        }

        codes.CopyTo(_pages[handle / PageWords].AsSpan((int)(handle % PageWords) + 1));
        return handle;
    }

    public void Free(uint handle)
    {
        if (handle != 0)
        {
            uint count = Word(handle);
            Word(handle + 1) = _free[count];
            _free[count] = handle;
        }
    }

    private ref uint Word(uint at) => ref _pages[at / PageWords][at % PageWords];

    private uint Extend(int wordCount)
    {
        int pageLeft = PageWords - (int)(_end % PageWords);
        if (wordCount > pageLeft)
        {
            _end += pageLeft;
        }

        if (_end / PageWords >= _pages.Length)
        {
            var pages = new uint[_pages.Length + 1][];
            _pages.CopyTo(pages, 0);
            pages[^1] = new uint[PageWords];
            Volatile.Write(ref _pages, pages);
        }

        uint handle = checked((uint)_end);
        _end += wordCount;
        return handle;
    }
}
