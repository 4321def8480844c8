using System.Globalization;
using Ebb.Engine.Diagnostics;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies.Planted;

/// <summary>
/// A change of taste planted at a known time: how soon the population's alarm, a user's alarm and the change tree find
/// it, and what they raise without it.
/// </summary>
internal static class PlantedStudy
{
    /// <summary>Of the acts, before the moment.</summary>
    private const double MomentShare = 0.7;

    /// <summary>The alarms of taste were chosen with another seed and moment (half of the acts).</summary>
    private const ulong Seed = 7;

    /// <summary>Shares of the users that change, and of the rows of their acts that do.</summary>
    private static readonly (double Users, double Rows)[] Plants =
        [(0, 0), (0.1, 1), (0.25, 1), (0.5, 1), (1, 1), (0.5, 0.5)];

    public static async Task<StudyReport> RunAsync(
        StudyOptions options, Action<ReplayProgress>? progress, CancellationToken cancellation)
    {
        ReplayData data = ReplayData.Load(options.Data, progress);
        var planted = new PlantedLog(data, options.Data, MomentShare, Seed);
        var rows = new List<string[]>();
        foreach ((double Users, double Rows) plant in Plants)
        {
            progress?.Invoke(new ReplayProgress("alarms", plant.Users));
            var alarms = new AlarmReplay(data, planted, options.Model, plant);
            await alarms.RunAsync(cancellation).ConfigureAwait(false);
            string part = plant.Rows is 0 or 1 ? "" : $", {plant.Rows:P0} of what they do";
            rows.AddRange(alarms.Rows(string.Create(CultureInfo.InvariantCulture, $"{plant.Users:P0}{part}")));
        }

        rows.Add(TasteResampling.Row(planted, new TasteAlarmOptions(), cancellation));

        rows.AddRange(PlantedForecasts.Rows(options, planted, cancellation));
        DateTimeOffset moment = DateTimeOffset.FromUnixTimeMilliseconds(planted.MomentMs);
        return new StudyReport(
            "A change of taste planted at a known time",
            ["detector", "share of users that change", "what", "figure"],
            rows,
            [
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{planted.Acts.Length:N0} acts, the moment at {MomentShare:P0} of them, {moment:yyyy-MM-dd HH:mm};"
                    + $" {planted.Changes.Count(change => change >= 0):N0} users can change; {planted.Source}."),
            ]);
    }
}
