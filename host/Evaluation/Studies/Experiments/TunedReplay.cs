using Ebb.Engine.Experiments;
using Ebb.Engine.Experiments.Tuning;

namespace Ebb.Evaluation.Studies.Experiments;

/// <summary>
/// A tuner of one number over visits of real users: each is shown the list of the value that serves them, clicks what
/// they then did, and the tuner looks at the end of every day. What it is beside: the value that it began with, kept,
/// and the best one of each part in hindsight.
/// </summary>
internal sealed class TunedReplay
{
    private const double DayMs = 86_400_000;

    private readonly ReplayedVisit[] _visits;
    private readonly int _changeDay;
    private readonly double[] _values;

    /// <param name="visits">By day.</param>
    /// <param name="changeDay">The first of the days after the change.</param>
    /// <param name="values">Of the number, those that hits are told of; ascending.</param>
    public TunedReplay(ReplayedVisit[] visits, int changeDay, double[] values)
    {
        _visits = visits;
        _changeDay = changeDay;
        _values = values;
        Start = BestOf(visit => visit.Day < changeDay);
        Best = BestOf(visit => visit.Day >= changeDay);
    }

    /// <summary>The best value of the days before the change, by its place: what a fit would have found.</summary>
    public int Start { get; }

    /// <summary>The best one of the days after it, in hindsight.</summary>
    public int Best { get; }

    /// <summary>Clicks lost per 1,000 impressions against the best of the part, by who keeps the first one.</summary>
    public double LostUntuned(int fromDay) => Lost(fromDay, int.MaxValue, Best, visit => visit.Hits[Start]);

    /// <param name="random">Says who is in which arm.</param>
    /// <param name="tuner">Of this one number.</param>
    /// <param name="lateDay">The first of the last days, told apart.</param>
    public TunedRun Run(Random random, Tuner tuner, int lateDay)
    {
        var mind = new TunerMind(tuner, [_values[Start]], 0);
        int userCount = _visits.Max(visit => visit.User) + 1;
        double[] places = [.. Enumerable.Range(0, userCount).Select(_ => random.NextDouble())];
        long[] shown = new long[userCount];
        long[] clicked = new long[userCount];
        int[] served = new int[_visits.Length];
        var sums = new ArmSums[2];
        int adopted = 0;
        for (int begin = 0; begin < _visits.Length;)
        {
            int day = _visits[begin].Day;
            int end = begin;
            for (; end < _visits.Length && _visits[end].Day == day; end++)
            {
                (int user, _, int[] hits) = _visits[end];
                int arm = mind.Current is null || places[user] >= 2 * tuner.Share ? -1
                    : places[user] < tuner.Share ? 0 : 1;
                served[end] = PlaceOf(arm == 1 ? mind.OtherValue : mind.Values[tuner.Parameters[0].Name]);
                if (arm >= 0)
                {
                    ArmSums before = shown[user] == 0 ? default : ArmSums.Of(shown[user], clicked[user], 0);
                    shown[user] += ReplayedDays.ListLength;
                    clicked[user] += hits[served[end]];
                    sums[arm] += ArmSums.Of(shown[user], clicked[user], 0) - before;
                }
            }

            if (mind.Decide(sums[0], sums[1], (long)((day + 1) * DayMs)) is { } change)
            {
                mind.Apply(change);
                adopted += change.What == TuneWhat.Adopt ? 1 : 0;
                Array.Clear(shown);
                Array.Clear(clicked);
                Array.Clear(sums);
            }

            begin = end;
        }

        double LostIn(int fromDay, int toDay, int best) => Lost(fromDay, toDay, best, at => at.Hits[served[at.Index]]);
        return new TunedRun(
            LostIn(0, _changeDay, Start), LostIn(_changeDay, int.MaxValue, Best),
            LostIn(lateDay, int.MaxValue, Best), mind.Values[tuner.Parameters[0].Name], adopted);
    }

    private int PlaceOf(double value) =>
        Enumerable.Range(0, _values.Length).MinBy(at => Math.Abs(Math.Log(_values[at] / value)));

    private int BestOf(Func<ReplayedVisit, bool> isAmong)
    {
        ReplayedVisit[] among = [.. _visits.Where(isAmong)];
        return Enumerable.Range(0, _values.Length).MaxBy(at => among.Sum(visit => visit.Hits[at]));
    }

    private double Lost(int fromDay, int toDay, int best, Func<(int[] Hits, int Index), int> hitsOf)
    {
        long lost = 0;
        long count = 0;
        for (int index = 0; index < _visits.Length; index++)
        {
            if (_visits[index].Day >= fromDay && _visits[index].Day < toDay)
            {
                lost += _visits[index].Hits[best] - hitsOf((_visits[index].Hits, index));
                count++;
            }
        }

        return 1000.0 * lost / Math.Max(1, count * ReplayedDays.ListLength);
    }
}

/// <summary>
/// Clicks lost per 1,000 impressions before the change, after it and in the last days; the value in force at the end;
/// and the steps taken.
/// </summary>
internal readonly record struct TunedRun(double Before, double After, double Late, double Value, int Adopted);
