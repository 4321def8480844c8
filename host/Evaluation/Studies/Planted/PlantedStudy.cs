using System.Globalization;
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

    private static readonly double[] Shares = [0, 0.25, 0.5, 1];

    public static async Task<StudyReport> RunAsync(
        StudyOptions options, Action<ReplayProgress>? progress, CancellationToken cancellation)
    {
        ReplayData data = ReplayData.Load(options.Data, progress);
        var planted = new PlantedLog(data, options.Data, MomentShare);
        var rows = new List<string[]>();
        foreach (double share in Shares)
        {
            progress?.Invoke(new ReplayProgress("alarms", share));
            var alarms = new AlarmReplay(data, planted, options.Model, share);
            await alarms.RunAsync(cancellation).ConfigureAwait(false);
            rows.AddRange(alarms.Rows());
        }

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
