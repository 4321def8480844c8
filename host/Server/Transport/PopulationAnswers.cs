using Ebb.Engine;
using Ebb.Engine.Interest.Trends;
using Ebb.Protocol;
using Ebb.Protocol.Messages;
using Ebb.Server.Security;

namespace Ebb.Server.Transport;

/// <summary>
/// The verbs that ask about the population and not about a user: read here, answered beside the read loop.
/// </summary>
internal static class PopulationAnswers
{
    public static bool IsOne(Opcode opcode) =>
        opcode is Opcode.Flows or Opcode.Trends or Opcode.Experiments;

    /// <summary>What will write the reply's body; null where the request is refused.</summary>
    public static StatusCode TryRead(
        in FrameContext frame, UserKeys keys, out Action<IEngineDoor, FrameBuffer>? answer)
    {
        if (frame.Header.Opcode == Opcode.Trends)
        {
            return TryReadTrends(frame, out answer);
        }

        if (frame.Header.Opcode == Opcode.Experiments)
        {
            return ExperimentsEncoder.TryRead(frame, keys, out answer);
        }

        var status = PopulationRequest.TryRead(frame.Body, out var asked);
        answer = status != StatusCode.Ok
            ? null
            : (engine, body) => PopulationEncoder.Flows(body, engine.GetFlows(asked.CountMax, MomentOf(asked)));
        return status;
    }

    private static StatusCode TryReadTrends(in FrameContext frame, out Action<IEngineDoor, FrameBuffer>? answer)
    {
        var status = TrendsRequest.TryRead(frame.Body, out var asked);
        answer = null;
        if (status == StatusCode.Ok)
        {
            var question = new TrendQuestion
            {
                CountMax = asked.CountMax,
                Order = (TrendOrder)asked.Order,
                Item = asked.Item.IsEmpty ? (OpaqueId?)null : new OpaqueId(asked.Item.ToArray()),
                NowMs = asked.NowMs == long.MinValue ? null : asked.NowMs,
            };
            answer = (engine, body) => PopulationEncoder.Trends(body, engine.GetTrends(question));
        }

        return status;
    }

    private static long? MomentOf(PopulationRequest asked) => asked.NowMs == long.MinValue ? null : asked.NowMs;
}
