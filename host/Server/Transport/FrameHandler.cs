using System.Buffers;
using System.Runtime.CompilerServices;
using Ebb.Engine.Batching;
using Ebb.Protocol;

namespace Ebb.Server.Transport;

/// <summary>
/// Takes the frames of one read apart and dispatches them. Called by one connection's read loop alone.
/// </summary>
internal sealed class FrameHandler(
    EbbConnection connection, FrameDispatcher dispatcher, BufferBudget buffers)
{
    // A second is what the sweep takes to close whoever holds most.
    private const int RetryAfterMs = 1000;

    private int _frameCount;

    /// <summary>
    /// Handles what is whole and cuts it off the buffer. All of a read is one hand-over to the engine, a short one goes
    /// with those of other connections, and what is answered meanwhile is one send.
    /// </summary>
    public ReadStep HandleAll(ref ReadOnlySequence<byte> buffer, long arrivedAt)
    {
        AnswerRun.Begin();
        _frameCount = 0;
        try
        {
            var step = HandleFrames(ref buffer, arrivedAt);

            // A reader that waits for room goes on on another thread, perhaps before this turn has ended.
            dispatcher.HandOver(_frameCount, canWait: !step.NeedsRoom);
            return step;
        }
        finally
        {
            AnswerRun.End();
        }
    }

    private ReadStep HandleFrames(ref ReadOnlySequence<byte> buffer, long arrivedAt)
    {
        while (true)
        {
            // Frames that lie whole in the first segment are the rule: they are told apart without the sequence.
            var span = buffer.FirstSpan;
            int taken = 0;
            var step = default(ReadStep);
            while (FrameScanner.Scan(span[taken..], connection.Limits, out var header) == ScanResult.Frame)
            {
                if (!TryHandle(header, span.Slice(taken, (int)header.FrameBytes), arrivedAt, out step))
                {
                    break;
                }

                taken += (int)header.FrameBytes;
                if (step.Reason != ConnectionCloseReason.None)
                {
                    break;
                }
            }

            buffer = buffer.Slice(taken);
            if (step.MustStop)
            {
                return step;
            }

            var scan = FrameScanner.Scan(buffer, connection.Limits, out var spread);
            if (scan != ScanResult.Frame)
            {
                return scan == ScanResult.NeedMore
                    ? default
                    : new ReadStep(connection.RefuseStream(scan, spread, arrivedAt));
            }

            if (!TryHandleSpread(spread, buffer.Slice(0, spread.FrameBytes), arrivedAt, out step))
            {
                return step;
            }

            buffer = buffer.Slice(spread.FrameBytes);
            if (step.MustStop)
            {
                return step;
            }
        }
    }

    // False: not taken, for want of room.
    private bool TryHandle(in FrameHeader header, ReadOnlySpan<byte> frame, long arrivedAt, out ReadStep step)
    {
        long cost = header.FrameBytes * 2;
        if (!connection.Output.TryReserve(cost))
        {
            step = ReadStep.WithoutRoom;
            return false;
        }

        if (buffers.IsFull && connection.IsTrusted)
        {
            RefuseForBuffers(header, new Arrival(arrivedAt, cost));
            step = default;
            return true;
        }

        _frameCount++;
        step = new ReadStep(dispatcher.Dispatch(header, frame[FrameHeader.Bytes..], new Arrival(arrivedAt, cost)));
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // bench/Wire at depth 64: keeps the caller's stack frame small
    private void RefuseForBuffers(in FrameHeader header, Arrival arrival)
    {
        var refused = new ReplyHead(header.Opcode, header.CorrelationId, arrival.At, arrival.Cost)
        {
            Status = StatusCode.Overloaded,
            RetryAfterMs = RetryAfterMs,
        };
        connection.Refuse(refused, "too many bytes wait in the server's buffers");
    }

    private bool TryHandleSpread(
        in FrameHeader header, in ReadOnlySequence<byte> frame, long arrivedAt, out ReadStep step)
    {
        if (frame.IsSingleSegment)
        {
            return TryHandle(header, frame.FirstSpan, arrivedAt, out step);
        }

        // The whole frame is there, so what is rented is backed by bytes that the peer really sent.
        int length = (int)frame.Length;
        byte[] whole = ArrayPool<byte>.Shared.Rent(length);
        frame.CopyTo(whole);
        bool isTaken = TryHandle(header, whole.AsSpan(0, length), arrivedAt, out step);
        ArrayPool<byte>.Shared.Return(whole);
        return isTaken;
    }
}
