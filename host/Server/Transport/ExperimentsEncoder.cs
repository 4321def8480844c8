using System.Text;
using Ebb.Engine;
using Ebb.Engine.Experiments;
using Ebb.Engine.Experiments.Shadows;
using Ebb.Engine.Experiments.Tuning;
using Ebb.Protocol;
using Ebb.Protocol.Messages;
using Ebb.Server.Security;

namespace Ebb.Server.Transport;

/// <summary>EXPERIMENTS between wire and engine. Stateless.</summary>
internal static class ExperimentsEncoder
{
    /// <summary>Entries of the audit in a reply.</summary>
    private const int AuditCountMax = 200;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>What will write the reply's body; null where the request is refused.</summary>
    public static StatusCode TryRead(
        in FrameContext frame, UserKeys keys, out Action<IEngineDoor, FrameBuffer>? answer)
    {
        answer = null;
        var status = ExperimentsRequest.TryRead(frame.Body, out var asked);
        if (status != StatusCode.Ok)
        {
            return status;
        }

        switch (asked.What)
        {
            case EbbExperimentsVerb.Experiments:
                answer = (engine, body) =>
                    Write(body, ExperimentJson.Write([.. engine.GetExperiments().Select(From)]));
                break;
            case EbbExperimentsVerb.Shadows:
                answer = (engine, body) => Write(body, ExperimentJson.Write([.. engine.GetShadows().Select(From)]));
                break;
            case EbbExperimentsVerb.Tuning:
                answer = (engine, body) => Write(body, ExperimentJson.Write(
                    new EbbTuning([.. engine.GetTuners().Select(From)], Latest(engine.GetTuningAudit()))));
                break;
            case EbbExperimentsVerb.Arm:
                Span<byte> key = stackalloc byte[UserKeys.BytesMax];
                var user = new OpaqueId(keys.KeyOf(frame.Tenant, asked.Policy, key).ToArray());
                answer = (engine, body) => Write(body, ExperimentJson.Write(From(engine.GetArm(user))));
                break;
            default:
                return TryReadRevert(asked, out answer);
        }

        return StatusCode.Ok;
    }

    private static StatusCode TryReadRevert(
        in ExperimentsRequest asked, out Action<IEngineDoor, FrameBuffer>? answer)
    {
        answer = null;
        try
        {
            string policy = StrictUtf8.GetString(asked.Policy);
            string author = StrictUtf8.GetString(asked.Author);
            string reason = StrictUtf8.GetString(asked.Reason);
            answer = (engine, body) => Write(body, ExperimentJson.Write(
                new EbbTuning([], engine.RevertTuner(policy, author, reason) is { } made ? [From(made)] : [])));
            return StatusCode.Ok;
        }
        catch (DecoderFallbackException)
        {
            return StatusCode.Malformed;
        }
    }

    private static void Write(FrameBuffer body, byte[] json) => new ReportReply { Json = json }.Write(body);

    private static EbbTuneChange[] Latest(IReadOnlyList<TuneChange> audit) =>
        [.. audit.Reverse().Take(AuditCountMax).Select(From)];

    private static EbbTuneChange From(TuneChange change) => new(change.Number, change.Policy, change.Parameter)
    {
        TimeMs = change.TimeMs,
        What = change.What.ToString().ToLowerInvariant(),
        From = change.From,
        To = change.To,
        Reason = change.Reason,
        Author = change.Author,
    };

    private static EbbArm From(UserArm arm) => new(arm.Policy, arm.Experiment);

    private static EbbTuner From(TunerReport report) => new(report.Tuner.Policy)
    {
        Phase = report.Phase.ToString().ToLowerInvariant(),
        Values = report.Values,
        Current = report.Current is { } current ? From(current) : null,
    };

    private static EbbShadow From(ShadowReport report) => new(report.Policy)
    {
        Sample = report.Sample,
        Compared = report.Compared,
        Dropped = report.Dropped,
        Stale = report.Stale,
        Same = report.Same,
        Overlap = Finite(report.Overlap),
        OverlapError = Finite(report.OverlapError),
        RankBiased = Finite(report.RankBiased),
        ServedDecisions = report.ServedDecisions,
        ShadowDecisions = report.ShadowDecisions,
        LacksEncoder = report.LacksEncoder,
    };

    private static EbbExperiment From(ExperimentReport report) => new(report.Name)
    {
        Metric = report.Metric switch
        {
            ExperimentMetric.ClickRate => "clicks",
            ExperimentMetric.ConversionRate => "conversions",
            _ => "buyers",
        },
        State = report.State.ToString().ToLowerInvariant(),
        Start = report.Start,
        End = report.End,
        MinimumEffect = report.MinimumEffect,
        Alpha = report.Alpha,
        Arms = [.. report.Arms.Select(From)],
    };

    private static EbbExperimentArm From(ArmReport arm) => new(arm.Policy)
    {
        Share = arm.Share,
        Users = arm.Sums.Users,
        Lists = arm.Sums.Lists,
        Impressions = arm.Sums.Shown,
        Clicks = arm.Sums.Clicked,
        Conversions = arm.Sums.Converted,
        Buyers = arm.Sums.Buyers,
        Rate = Finite(arm.Rate),
        Low = arm.Interval.Low,
        High = arm.Interval.High,
        Difference = Finite(arm.ToControl?.Difference),
        DifferenceLow = arm.ToControl is { IsReady: true } ready ? ready.Low : null,
        DifferenceHigh = arm.ToControl is { IsReady: true } look ? look.High : null,
        P = arm.ToControl?.PValue,
        LeastP = arm.ToControl is null ? null : arm.LeastPValue,
        Verdict = arm.ToControl is null ? "control" : arm.Verdict switch
        {
            > 0 => "better",
            < 0 => "worse",
            _ => "open",
        },
    };

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}
