using Ebb.Engine.Experiments;
using Ebb.Evaluation.Datasets;

namespace Ebb.Evaluation.Studies.Experiments;

/// <summary>
/// Real users as the units: on every day that a user acts he is shown the day's 20 most popular items (decayed counts
/// of the days before, half-life 7 d), and clicks those that he acts on that day. Users are split by coin into two
/// arms that are served the same; in a planted experiment a share of the control's clicks did not happen.
/// </summary>
internal sealed class ReplayedShop
{
    private const int ListLength = 20;
    private const long DayMs = 86_400_000;

    private readonly List<(int User, int Clicked)[]> _days = [];
    private readonly int _userCount;

    public ReplayedShop(BehaviourLog log)
    {
        _userCount = log.Users.Count;
        double[] demand = new double[log.Items.Count];
        double fade = Math.Pow(2, -1.0 / 7);
        foreach (var day in log.Rows.GroupBy(row => row.TimeMs / DayMs).OrderBy(group => group.Key))
        {
            HashSet<int> list = [.. Best(demand)];
            if (list.Count == ListLength)
            {
                _days.Add(
                [
                    .. day.GroupBy(row => row.User).Select(rows =>
                        (rows.Key, rows.Select(row => row.Item).Distinct().Count(list.Contains))),
                ]);
            }

            for (int item = 0; item < demand.Length; item++)
            {
                demand[item] *= fade;
            }

            foreach (BehaviourRow row in day)
            {
                demand[row.Item]++;
            }
        }
    }

    public int DayCount => _days.Count;

    public int UserCount => _days.SelectMany(day => day.Select(one => one.User)).Distinct().Count();

    /// <param name="random">The experiment's own.</param>
    /// <param name="loss">Share of the control's clicks that did not happen.</param>
    /// <param name="minimumEffect">τ.</param>
    public DailyLooks Run(Random random, double loss, double minimumEffect)
    {
        var looks = new DailyLooks(minimumEffect);
        int[] arms = [.. Enumerable.Range(0, _userCount).Select(_ => random.Next(2))];
        long[] shown = new long[_userCount];
        long[] clicked = new long[_userCount];
        var sums = new ArmSums[2];
        foreach ((int User, int Clicked)[] day in _days)
        {
            foreach ((int user, int clicks) in day)
            {
                ArmSums before = shown[user] == 0 ? default : ArmSums.Of(shown[user], clicked[user], 0);
                shown[user] += ListLength;
                for (int click = 0; click < clicks; click++)
                {
                    clicked[user] += arms[user] == 0 && random.NextDouble() < loss ? 0 : 1;
                }

                sums[arms[user]] += ArmSums.Of(shown[user], clicked[user], 0) - before;
            }

            looks.Look(sums[0], sums[1]);
        }

        return looks;
    }

    private static IEnumerable<int> Best(double[] demand) =>
        Enumerable.Range(0, demand.Length).Where(item => demand[item] > 0)
            .OrderByDescending(item => demand[item]).ThenBy(item => item).Take(ListLength);
}
