using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Client.Internal;

/// <summary>The body of an EXPERIMENTS reply; null for what does not follow the protocol.</summary>
internal static class ExperimentsDecoder
{
    public static EbbExperiment[]? Decode(ReadOnlySpan<byte> body, bool wasResent) =>
        ReportReply.TryRead(body, out var reply) == StatusCode.Ok ? ExperimentJson.Read(reply.Json) : null;
}
