using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Server.Transport;

/// <summary>
/// The verbs that ask about the population and not about a user: read here, answered beside the read loop.
/// </summary>
internal static class PopulationAnswers
{
    public static bool IsOne(Opcode opcode) => opcode is Opcode.Flows;

    /// <summary>What will write the reply's body; null where the request is refused.</summary>
    public static StatusCode TryRead(in FrameContext frame, out Action<IEngineDoor, FrameBuffer>? answer)
    {
        var status = PopulationRequest.TryRead(frame.Body, out var asked);
        answer = status != StatusCode.Ok
            ? null
            : (engine, body) => PopulationEncoder.Flows(body, engine.GetFlows(asked.CountMax, MomentOf(asked)));
        return status;
    }

    private static long? MomentOf(PopulationRequest asked) => asked.NowMs == long.MinValue ? null : asked.NowMs;
}
