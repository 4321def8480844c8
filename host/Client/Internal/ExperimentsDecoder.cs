using System.Text;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Client.Internal;

/// <summary>EXPERIMENTS: its questions, and its replies' bodies; null for what does not follow the protocol.</summary>
internal static class ExperimentsDecoder
{
    public static byte[] Ask(EbbExperimentsVerb what, string policy = "", string author = "", string reason = "") =>
        RequestEncoder.Encode(
            Opcode.Experiments, FrameFlags.None, 0, (what, policy, author, reason),
            static (body, asked) => new ExperimentsRequest
            {
                What = asked.what,
                Policy = Encoding.UTF8.GetBytes(asked.policy),
                Author = Encoding.UTF8.GetBytes(asked.author),
                Reason = Encoding.UTF8.GetBytes(asked.reason),
            }.Write(body));

    public static EbbExperiment[]? Decode(ReadOnlySpan<byte> body, bool wasResent) =>
        ExperimentJson.ReadExperiments(JsonOf(body));

    public static EbbShadow[]? Shadows(ReadOnlySpan<byte> body, bool wasResent) =>
        ExperimentJson.ReadShadows(JsonOf(body));

    public static byte[] AskArm(EbbId user) => RequestEncoder.Encode(
        Opcode.Experiments, FrameFlags.None, 0, user,
        static (body, id) => new ExperimentsRequest { What = EbbExperimentsVerb.Arm, Policy = id.Span }.Write(body));

    public static EbbArm? Arm(ReadOnlySpan<byte> body, bool wasResent) =>
        ExperimentJson.ReadArm(JsonOf(body)) is { Policy: not null } arm ? arm : null;

    public static EbbTuning? Tuning(ReadOnlySpan<byte> body, bool wasResent) =>
        ExperimentJson.ReadTuning(JsonOf(body)) is { Tuners: not null, Audit: not null } tuning ? tuning : null;

    private static ReadOnlySpan<byte> JsonOf(ReadOnlySpan<byte> body) =>
        ReportReply.TryRead(body, out var reply) == StatusCode.Ok ? reply.Json : default;
}
