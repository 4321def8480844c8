using System.Runtime.InteropServices;

namespace Ebb.Engine.Catalogue;

/// <summary>Log entries end to end, with their lengths, on their way to the log. Not thread-safe.</summary>
internal sealed class EntryBuffer
{
    private readonly List<int> _lengths = [];

    private byte[] _bytes = [];

    public int ByteCount { get; private set; }

    public int EntryCount => _lengths.Count;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, ByteCount);

    public ReadOnlySpan<int> Lengths => CollectionsMarshal.AsSpan(_lengths);

    /// <summary>Zeroed room for the next entry.</summary>
    public Span<byte> Add(int byteCount)
    {
        if (_bytes.Length - ByteCount < byteCount)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, ByteCount + byteCount));
        }

        Span<byte> room = _bytes.AsSpan(ByteCount, byteCount);
        room.Clear();
        ByteCount += byteCount;
        _lengths.Add(byteCount);
        return room;
    }

    public void Clear()
    {
        ByteCount = 0;
        _lengths.Clear();
    }
}
