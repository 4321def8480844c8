using System.Globalization;

namespace Ebb.Evaluation.Studies.Planted;

/// <summary>What one detector made of a replay: whom it flagged, how soon, and whom without a reason.</summary>
internal sealed class AlarmTally(PlantedLog planted, double share, int userCount)
{
    private const int FirstActs = 3;
    private const double DayMs = 86_400_000;

    private readonly int[] _counts = new int[userCount];
    private readonly List<int> _userDelays = [];
    private readonly HashSet<int> _foundUsers = [];
    private int _quietLists;
    private int _quietFlags;
    private int _changedUsers;
    private long _falseAlarms;
    private long _alarmsAfter;
    private int _listsAfter;
    private (int Lists, double Days)? _delay;

    /// <summary>A changed user's lists count for the delay from the change on; others must be quiet.</summary>
    /// <param name="user">Whose act it was.</param>
    /// <param name="timeMs">Of the act.</param>
    /// <param name="isFlagged">Null: the detector says nothing of this list.</param>
    /// <param name="alarmCount">Alarms of the population so far.</param>
    public void Judge(int user, long timeMs, bool? isFlagged, long alarmCount)
    {
        bool isAfter = timeMs >= planted.MomentMs;
        _listsAfter += isAfter ? 1 : 0;
        if (!isAfter)
        {
            _falseAlarms = alarmCount;
        }
        else if (alarmCount > _falseAlarms + _alarmsAfter)
        {
            _alarmsAfter = alarmCount - _falseAlarms;
            _delay ??= (_listsAfter, (timeMs - planted.MomentMs) / DayMs);
        }

        int since = _counts[user]++ - planted.Changes[user];
        if (planted.Changes[user] >= 0 && planted.IsPlanted(user, share) && since >= 0)
        {
            _changedUsers += since == 0 ? 1 : 0;
            if (isFlagged is true && _foundUsers.Add(user))
            {
                _userDelays.Add(since);
            }
        }
        else if (isFlagged is { } flagged && isAfter)
        {
            _quietLists++;
            _quietFlags += flagged ? 1 : 0;
        }
    }

    public IEnumerable<string[]> Rows(string name, string plant)
    {
        string[] Row(string detector, string what, string figure) => [$"{detector}: {name}", plant, what, figure];
        yield return Row("population", "alarms before the moment, after it", Of($"{_falseAlarms}, {_alarmsAfter}"));
        yield return Row(
            "population", share > 0 ? "lists and days until the first alarm" : "first alarm without a change",
            _delay is { } delay ? Of($"{delay.Lists:N0} of {_listsAfter:N0} lists, {delay.Days:0.0} d") : "none");
        double quiet = _quietFlags / Math.Max(1.0, _quietLists);
        yield return Row(
            "user", "lists of nobody's change flagged", Of($"{_quietFlags:N0} of {_quietLists:N0} ({quiet:P1})"));
        if (share > 0)
        {
            double all = Math.Max(1.0, _changedUsers);
            double first = _userDelays.Count(delay => delay == 0) / all;
            double soon = _userDelays.Count(delay => delay < FirstActs) / all;
            double mean = _userDelays.DefaultIfEmpty(-1).Average();
            yield return Row(
                "user", "changed users flagged at the first act, within three, ever",
                Of($"{first:P1}, {soon:P1}, {_userDelays.Count / all:P1} of {_changedUsers:N0}"));
            yield return Row("user", "mean delay of those flagged, in acts", mean < 0 ? "none" : Of($"{mean:0.00}"));
        }
    }

    private static string Of(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
