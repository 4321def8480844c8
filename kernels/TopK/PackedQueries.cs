using System.Runtime.InteropServices;
using Ebb.Kernels.Memory;

namespace Ebb.Kernels.TopK;

/// <summary>
/// The coded queries that take part in one worker's scan, four side by side: a group's words of all four, then the next
/// group's. A last group of less than four repeats its last query. Pinned, kept, one worker's.
/// </summary>
internal sealed unsafe class PackedQueries
{
    /// <summary>Queries side by side.</summary>
    public const int Lanes = 4;

    private int[] _words = [];
    private int[] _starts = [];
    private int _wordCount;
    private int _startCount;

    /// <summary>Words of the four queries that begin with this place, a multiple of <see cref="Lanes"/>.</summary>
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
        int laneCount = (queries.Length + Lanes - 1) & ~(Lanes - 1);
        _words = Reserved(_words, laneCount * _wordCount);
        _starts = Reserved(_starts, laneCount * _startCount);
        for (int at = 0; at < laneCount; at++)
        {
            int query = queries[Math.Min(at, queries.Length - 1)];
            int* words = batch.Codes.Words(query);
            int* starts = batch.Codes.Starts(query);
            int firstLane = at & ~(Lanes - 1);
            int lane = at & (Lanes - 1);
            for (int word = 0; word < _wordCount; word++)
            {
                _words[(firstLane * _wordCount) + (word * Lanes) + lane] = words[word];
            }

            for (int start = 0; start < _startCount; start++)
            {
                _starts[(firstLane * _startCount) + (start * Lanes) + lane] = starts[start];
            }
        }
    }

    private static int[] Reserved(int[] held, int length) =>
        held.Length >= length ? held : GC.AllocateUninitializedArray<int>(length, pinned: true);
}
