using System.Globalization;
using Ebb.Evaluation.Fit;
using Ebb.Evaluation.Replay;
using Spectre.Console;

namespace Ebb.Server.Commands;

/// <summary>
/// What <c>ebb fit</c> tells beside half-life and blend: what was tried, what it brought, what is written.
/// </summary>
internal static class FitFindings
{
    public static void PrintAxes(FitReport report, IAnsiConsole console)
    {
        string cosine = report.Axes.MeanCosine.ToString("0.00", CultureInfo.InvariantCulture);
        string verdict = report.Axes.Holds ? "" : "; nothing is learned by dimension";
        console.WriteLine(
            $"axes: vectors of the learning part have a mean cosine of {cosine} to the given ones{verdict}");
    }

    public static void PrintRates(FitReport report, IAnsiConsole console) => console.WriteLine(report.Rates switch
    {
        null when !report.Axes.Holds => "rates per dimension: not tried",
        null => "rates per dimension: not tried, as nothing is forgotten",
        { Helps: true } rates =>
            $"rates per dimension help: {rates.Blocks} a quarter of the dimensions, {Gain(rates.Gain)}; written",
        { } rates => $"rates per dimension: none helps (best {rates.Blocks}, {Gain(rates.Gain)}); left out",
    });

    public static void PrintServing(FitReport report, IAnsiConsole console)
    {
        console.WriteLine(report.Attention switch
        {
            null when !report.Axes.Holds => "attention weights: not tried",
            null => "attention weights: nothing to learn them from",
            { Helps: true } attention => $"attention weights help: {Gain(attention.Gain)}; written",
            { } attention => $"attention weights do not help: {Gain(attention.Gain)}; left out",
        });
        foreach (KeepTrial keep in report.Keeps)
        {
            string change = keep.Epsilon == 0 ? "" : $", {Text(keep.Change)}";
            string chosen = keep.Epsilon == report.Served.Lists!.KeepBelow ? " ◄" : "";
            console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"keep below {keep.Epsilon:0.##}: {keep.KeptShare:P1} of the scans saved,"
                + $" Recall@20 {keep.Recall20.Mean:0.0000}{change}{chosen}"));
        }

        console.WriteLine(report.Calibration is { } calibration
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"calibration: {calibration.Form}, Brier {calibration.Brier:0.00000} on users it did not see, always"
                + $" the mean {calibration.BrierOfMean:0.00000}; written")
            : "calibration: none says more than the mean; left out");
    }

    private static string Gain(MetricEstimate gain) => Text(gain) + " on users not chosen on";

    private static string Text(MetricEstimate change) => string.Create(
        CultureInfo.InvariantCulture, $"{change.Mean:+0.0000;-0.0000;0.0000} ±{change.StandardError:0.0000}");
}
