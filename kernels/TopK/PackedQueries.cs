using System.Runtime.InteropServices;
using Ebb.Kernels.Memory;

namespace Ebb.Kernels.TopK;

/// <summary>
/// The coded queries that take part in one worker's scan, side by side in the numbers of <see cref="CodeScan.Lanes"/>:
/// a group's words of all of them, then the next group's. Where fewer are left the last one repeats. Pinned, kept, one
/// worker's.
/// </summary>
internal sealed unsafe class PackedQueries
{
    private int[] _words = [];
    private int[] _starts = [];
    private int _wordCount;
    private int _startCount;

    /// <summary>Words of the queries side by side that begin with this place.</summary>
    // SAFETY (both): the arrays are pinned and live as long as this object.
    public int* Words(int firstLane) =>
        (int*)Marshal.UnsafeAddrOfPinnedArrayElement(_words, firstLane * _wordCount);

    /// <summary>Their starts.</summary>
    public int* Starts(int firstLane) =>
        (int*)Marshal.UnsafeAddrOfPinnedArrayElement(_starts, firstLane * _startCount);

    public void Pack(TopKBatch batch, ReadOnlySpan<int> queries)
    {
        _wordCount = batch.Stride / CodeFormat.GroupDimensions;
        _startCount = CodeScan.StartCount(batch.Stride);
        int room = queries.Length + CodeScan.LanesMax;
        _words = Reserved(_words, room * _wordCount);
        _starts = Reserved(_starts, room * _startCount);
        int lanes;
        for (int first = 0; first < queries.Length; first += lanes)
        {
            lanes = CodeScan.Lanes(queries.Length - first, batch.Stride);
            for (int lane = 0; lane < lanes; lane++)
            {
                int query = queries[Math.Min(first + lane, queries.Length - 1)];
                Spread(batch.Codes.Words(query), _wordCount, _words, (first * _wordCount) + lane, lanes);
                Spread(batch.Codes.Starts(query), _startCount, _starts, (first * _startCount) + lane, lanes);
            }
        }
    }

    private static void Spread(int* words, int count, int[] packed, int from, int step)
    {
        for (int word = 0; word < count; word++)
        {
            packed[from + (word * step)] = words[word];
        }
    }

    private static int[] Reserved(int[] held, int length) =>
        held.Length >= length ? held : GC.AllocateUninitializedArray<int>(length, pinned: true);
}
