using System.Buffers;

namespace Ebb.Host.Tests.Protocol;

/// <summary>The same bytes in pieces, as a socket may bring them.</summary>
internal static class Segments
{
    /// <param name="bytes">All of them.</param>
    /// <param name="cuts">Rising offsets at which a new segment starts; an equal pair makes an empty segment.</param>
    public static ReadOnlySequence<byte> Of(byte[] bytes, params int[] cuts)
    {
        Segment? first = null;
        Segment? last = null;
        int start = 0;
        foreach (int end in cuts.Append(bytes.Length))
        {
            last = new Segment(bytes.AsMemory(start, end - start), last);
            first ??= last;
            start = end;
        }

        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
    }

    public static ReadOnlySequence<byte> BytePerSegment(byte[] bytes) =>
        Of(bytes, [.. Enumerable.Range(1, Math.Max(0, bytes.Length - 1))]);

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? previous)
        {
            Memory = memory;
            if (previous is not null)
            {
                RunningIndex = previous.RunningIndex + previous.Memory.Length;
                previous.Next = this;
            }
        }
    }
}
