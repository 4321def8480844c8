using System.Globalization;

namespace Ebb.Engine.Experiments.Tuning;

/// <summary>
/// What one tuner knows and does next. Its state is the fold of its audit: <see cref="Apply"/> alone changes it, and
/// <see cref="Decide"/> only says what comes next, so that a restart thinks the same thoughts. One thread at a time.
/// A hill climb: a step that was better is followed by another one the same way, one that was not by the other way, and
/// then by the next number.
/// </summary>
public sealed class TunerMind
{
    private readonly Tuner _tuner;
    private readonly ulong _document;
    private readonly Dictionary<string, double> _values;
    private readonly Stack<TuneChange> _taken = new();
    private ulong _number;
    private int _next;
    private bool _isUp = true;
    private bool _hasTurned;

    /// <param name="tuner">Guard rails.</param>
    /// <param name="start">Each number's value as the document has it.</param>
    /// <param name="document">The document's policy, as a fingerprint.</param>
    public TunerMind(Tuner tuner, IReadOnlyList<double> start, ulong document)
    {
        _tuner = tuner;
        _document = document;
        _values = tuner.Parameters.Select((one, at) => (one.Name, Math.Clamp(start[at], one.Min, one.Max)))
            .ToDictionary();
    }

    public Tuner Tuner => _tuner;

    public TunePhase Phase { get; private set; }

    /// <summary>In force, by name.</summary>
    public IReadOnlyDictionary<string, double> Values => _values;

    /// <summary>What is tried or watched; null while resting. Its number names the trial.</summary>
    public TuneChange? Current { get; private set; }

    /// <summary>The value of the second policy of a trial: what is tried, or what was in force before.</summary>
    public double OtherValue => Phase == TunePhase.Trying ? Current!.To : Current!.From;

    /// <summary>The audit's next entry.</summary>
    public void Apply(TuneChange change)
    {
        _number = Math.Max(_number, change.Number);
        switch (change.What)
        {
            case TuneWhat.Try:
                (Phase, Current) = (TunePhase.Trying, change);
                break;
            case TuneWhat.Adopt:
                _values[change.Parameter] = change.To;
                _taken.Push(change);
                (Phase, Current) = (TunePhase.Watching, change);
                _hasTurned = false;
                break;
            case TuneWhat.Reject or TuneWhat.GiveUp:
                Rest();
                Turn();
                break;
            case TuneWhat.Confirm:
                Rest();
                break;
            default:
                _values[change.Parameter] = change.To;
                _taken.TryPop(out _);
                Rest();
                Turn();
                break;
        }
    }

    /// <summary>An entry of an earlier time: of another document it takes its number alone.</summary>
    internal void Remember(TuneChange change, bool counts)
    {
        _number = Math.Max(_number, change.Number);
        if (counts)
        {
            Apply(change);
        }
    }

    /// <summary>What follows from the counts of a trial: arm 0 the policy that serves, arm 1 the other one.</summary>
    /// <returns>Null: nothing yet.</returns>
    public TuneChange? Decide(in ArmSums serving, in ArmSums other, long nowMs) => Phase switch
    {
        TunePhase.Resting => Next(nowMs),
        TunePhase.Trying => Judge(serving, other, nowMs),
        _ => Watch(serving, other, nowMs),
    };

    /// <summary>The last step that was taken, back again; null: there is none.</summary>
    public TuneChange? Revert(string author, string reason, long nowMs) => _taken.TryPeek(out TuneChange? last)
        ? Change(TuneWhat.Revert, last.Parameter, nowMs, reason) with
        {
            From = _values[last.Parameter],
            To = last.From,
            Author = author,
        }
        : null;

    private TuneChange? Next(long nowMs)
    {
        for (int tried = 0; tried < 2 * _tuner.Parameters.Count; tried++)
        {
            TunedParameter one = _tuner.Parameters[_next];
            double from = _values[one.Name];
            double to = Math.Clamp(_isUp ? from * one.Step : from / one.Step, one.Min, one.Max);
            if (to != from)
            {
                return Change(TuneWhat.Try, one.Name, nowMs, _isUp ? "a step up" : "a step down") with
                {
                    From = from,
                    To = to,
                };
            }

            Turn();
        }

        return null;
    }

    private TuneChange? Judge(in ArmSums serving, in ArmSums tried, long nowMs)
    {
        if (Math.Min(serving.Users, tried.Users) < _tuner.UsersMin)
        {
            return null;
        }

        if (Fell(serving, tried, _tuner.Guard) is { } guard)
        {
            return Result(TuneWhat.Reject, nowMs, "the guard fell: " + guard);
        }

        SequentialResult look = Compare(serving, tried, _tuner.Metric);
        if (look.PValue <= _tuner.Alpha)
        {
            return Result(look.Difference > 0 ? TuneWhat.Adopt : TuneWhat.Reject, nowMs, Text(look));
        }

        return serving.Users + tried.Users >= _tuner.UsersMax
            ? Result(TuneWhat.GiveUp, nowMs, "no difference: " + Text(look))
            : null;
    }

    private TuneChange? Watch(in ArmSums serving, in ArmSums before, long nowMs)
    {
        string? why = Fell(before, serving, _tuner.Guard) is { } guard ? "the guard fell: " + guard
            : Fell(before, serving, _tuner.Metric) is { } metric ? "the metric fell: " + metric
            : null;
        if (why is not null)
        {
            return Change(TuneWhat.TakeBack, Current!.Parameter, nowMs, why) with
            {
                From = Current.To,
                To = Current.From,
            };
        }

        return nowMs - Current!.TimeMs >= _tuner.Probation.TotalMilliseconds
            ? Result(TuneWhat.Confirm, nowMs, "nothing fell while it was watched")
            : null;
    }

    private string? Fell(in ArmSums control, in ArmSums judged, ExperimentMetric metric)
    {
        SequentialResult look = Compare(control, judged, metric);
        return look.PValue <= _tuner.Alpha && look.Difference < 0 ? Text(look) : null;
    }

    private SequentialResult Compare(in ArmSums control, in ArmSums arm, ExperimentMetric metric) =>
        SequentialTest.Compare(
            RatioEstimate.Of(control, metric), RatioEstimate.Of(arm, metric), _tuner.MinimumEffect, _tuner.Alpha);

    private TuneChange Result(TuneWhat what, long nowMs, string reason) =>
        Change(what, Current!.Parameter, nowMs, reason) with { From = Current.From, To = Current.To };

    private TuneChange Change(TuneWhat what, string parameter, long nowMs, string reason) =>
        new(_number + 1, nowMs, what, _tuner.Policy, parameter) { Reason = reason, Document = _document };

    private void Rest() => (Phase, Current) = (TunePhase.Resting, null);

    // The other way, and after both ways the next number.
    private void Turn()
    {
        _isUp = !_isUp;
        if (_hasTurned)
        {
            _next = (_next + 1) % _tuner.Parameters.Count;
        }

        _hasTurned = !_hasTurned;
    }

    private static string Text(in SequentialResult look) => string.Create(
        CultureInfo.InvariantCulture, $"{look.Difference:+0.#####;-0.#####;0}, p {look.PValue:0.####}");
}
