using FASTER.core;

namespace Ebb.Engine.Log;

/// <summary>
/// Frames of one append on their way into the log library's buffer, end to end: the library then reserves and enters
/// once for many. Owned by its partition's log; used by the appending thread alone.
/// </summary>
internal sealed class LogFrameBatch : IReadOnlySpanBatch
{
    /// <summary>
    /// A batch never straddles pages, and what is left of a page stays empty: at 4 KiB that is one part in a hundred
    /// and twenty-eight on average.
    /// </summary>
    public const int BytesMax = 4096;

    private byte[] _bytes = new byte[2 * BytesMax];
    private int[] _ends = new int[64];

    public int Count { get; private set; }

    public int Bytes { get; private set; }

    /// <summary>Frames a payload behind the others.</summary>
    public void Add(ushort partition, LogPosition position, ReadOnlySpan<byte> payload)
    {
        int bytes = LogFrame.HeaderBytes + payload.Length;
        if (Bytes + bytes > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, Bytes + bytes));
        }

        if (Count == _ends.Length)
        {
            Array.Resize(ref _ends, 2 * Count);
        }

        LogFrame.Write(_bytes.AsSpan(Bytes), partition, position, payload);
        Bytes += bytes;
        _ends[Count++] = Bytes;
    }

    public void Clear()
    {
        Count = 0;
        Bytes = 0;
    }

    public int TotalEntries() => Count;

    public ReadOnlySpan<byte> Get(int index)
    {
        int start = index == 0 ? 0 : _ends[index - 1];
        return _bytes.AsSpan(start, _ends[index] - start);
    }
}
