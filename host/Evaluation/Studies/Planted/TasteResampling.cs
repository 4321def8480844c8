using System.Globalization;
using Ebb.Engine.Diagnostics;
using Ebb.Evaluation.Datasets;

namespace Ebb.Evaluation.Studies.Planted;

/// <summary>
/// How often the alarm of many users' tastes is raised where nothing is planted: over populations of users drawn with
/// replacement from the real ones, each a day sooner or later at the most. A user drawn twice changes twice at once, so
/// these populations are more alike than real ones: the rate told is rather too high.
/// </summary>
internal static class TasteResampling
{
    private const int PopulationCount = 20;
    private const int RememberedCount = 32;
    private const double DayMs = 86_400_000;

    public static string[] Row(PlantedLog planted, TasteAlarmOptions options, CancellationToken cancellation)
    {
        (long TimeMs, BehaviourRow[] Rows)[][] users =
        [
            .. planted.Acts.GroupBy(act => act.User)
                .Select(own => own.Select(act => (act.TimeMs, act.Rows)).ToArray()),
        ];
        Dictionary<string, uint> codes = planted.Categories.Where(name => name is not null).Distinct()
            .Select((name, place) => (name, place)).ToDictionary(pair => pair.name!, pair => (uint)pair.place + 1);
        long lists = 0;
        long alarms = 0;
        for (int population = 0; population < PopulationCount; population++)
        {
            cancellation.ThrowIfCancellationRequested();
            var random = new Random(42 + population);
            var monitor = new TasteMonitor(options, (_, _) => { });
            var remembered = new List<(uint Code, long TimeMs)>[users.Length];
            var acts = new List<(double TimeMs, int User, BehaviourRow[] Rows)>();
            for (int user = 0; user < users.Length; user++)
            {
                remembered[user] = [];
                foreach ((long timeMs, BehaviourRow[] rows) in users[random.Next(users.Length)])
                {
                    acts.Add((timeMs + (random.NextDouble() * DayMs), user, rows));
                }
            }

            foreach ((double _, int user, BehaviourRow[] rows) in acts.OrderBy(act => act.TimeMs))
            {
                lists += Add(monitor, remembered[user], rows, (planted.Categories, codes));
            }

            alarms += monitor.State.RaisedCount;
        }

        return
        [
            "population: taste", "0 %", string.Create(
                CultureInfo.InvariantCulture, $"alarms of {PopulationCount} resampled populations, nothing planted"),
            string.Create(CultureInfo.InvariantCulture, $"{alarms} in {lists:N0} lists"),
        ];
    }

    /// <summary>1 for a list of which the alarm knows something.</summary>
    private static int Add(
        TasteMonitor monitor, List<(uint Code, long TimeMs)> own, BehaviourRow[] rows,
        (string?[] Names, Dictionary<string, uint> Codes) categories)
    {
        int older = own.Count;
        own.AddRange(rows.Where(row => categories.Names[row.Item] is not null)
            .Select(row => (categories.Codes[categories.Names[row.Item]!], row.TimeMs)));
        int gone = Math.Max(0, own.Count - RememberedCount);
        own.RemoveRange(0, gone);
        double evidence = Evidence(own, own.Count, categories.Codes.Count);
        bool isFlagged = evidence >= monitor.AlarmFrom(null);
        bool wasFlagged = isFlagged
            && Evidence(own, Math.Max(0, older - gone), categories.Codes.Count) >= monitor.AlarmFrom(null);
        monitor.Add(evidence, isFlagged, !wasFlagged);
        return double.IsNaN(evidence) ? 0 : 1;
    }

    private static double Evidence(List<(uint Code, long TimeMs)> own, int count, int codeCount) => TasteTest.Evidence(
        [.. own.Take(count).Select(one => one.Code)], [.. own.Take(count).Select(one => one.TimeMs)], codeCount);
}
