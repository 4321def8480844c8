using Ebb.Engine.Experiments;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Server.Transport;

/// <summary>Writes what the engine says of its experiments. Stateless.</summary>
internal static class ExperimentsEncoder
{
    public static void Write(FrameBuffer body, IReadOnlyList<ExperimentReport> reports) =>
        new ReportReply { Json = ExperimentJson.Write([.. reports.Select(From)]) }.Write(body);

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
