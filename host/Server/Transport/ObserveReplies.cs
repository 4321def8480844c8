using System.Buffers.Binary;
using Ebb.Engine.Batching;
using Ebb.Protocol;

namespace Ebb.Server.Transport;

/// <summary>
/// Writes the replies of a run of OBSERVE frames: the bytes that each frame would have had as a request of its own.
/// Under the output's lock.
/// </summary>
internal static class ObserveReplies
{
    /// <summary>Header, u32 count = 1, u16 status.</summary>
    public const int DoneBytes = FrameHeader.Bytes + sizeof(uint) + sizeof(ushort);

    /// <summary>The status of the frame whose event this is.</summary>
    public static StatusCode FrameStatus(EngineRequest request, in RequestEvent asked)
    {
        var own = ReplyEncoder.ToStatusCode(asked.Status);
        var shared = ReplyEncoder.ToStatusCode(request.Status);
        bool isEventDone = shared is (StatusCode.DeadlinePassed or StatusCode.Overloaded) && own.IsDone();
        return isEventDone ? StatusCode.Ok : shared;
    }

    public static void WriteBody(FrameBuffer body, StatusCode status)
    {
        body.WriteUInt32(1);
        body.WriteUInt16((ushort)status);
    }

    /// <param name="head">Of a done reply, with the time that the server held the run.</param>
    public static void WriteDone(FrameBuffer buffer, in FrameHeader head, ulong correlationId, StatusCode status)
    {
        var frame = buffer.Append(DoneBytes);
        var header = head with { CorrelationId = correlationId, BodyBytes = DoneBytes - FrameHeader.Bytes };
        header.Write(frame);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[FrameHeader.Bytes..], 1);
        BinaryPrimitives.WriteUInt16LittleEndian(frame[(FrameHeader.Bytes + sizeof(uint))..], (ushort)status);
    }
}
