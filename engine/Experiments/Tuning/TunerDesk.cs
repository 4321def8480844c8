using Ebb.Engine.Policy;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine.Experiments.Tuning;

/// <summary>
/// Runs the tuners of the document in force: looks at their trials, writes what follows into the audit, and then puts
/// the changed policies in force. Any thread; one step at a time.
/// </summary>
internal sealed class TunerDesk(
    TuneJournal journal, ExperimentDesk experiments, Action<PolicySet> putInForce, (TimeProvider Clock, ILogger Log) of)
{
    private readonly Lock _gate = new();
    private PolicySet? _document;
    private TunerMind[] _minds = [];

    /// <summary>The audit, oldest first.</summary>
    public IReadOnlyList<TuneChange> Audit
    {
        get
        {
            lock (_gate)
            {
                return [.. journal.Changes];
            }
        }
    }

    /// <summary>What is in force of each tuner.</summary>
    public IReadOnlyList<TunerReport> Report()
    {
        lock (_gate)
        {
            return
            [
                .. _minds.Select(mind => new TunerReport(mind.Tuner, mind.Phase)
                {
                    Values = mind.Values.ToDictionary(),
                    Current = mind.Current,
                }),
            ];
        }
    }

    /// <summary>
    /// A document comes in force, with what was found for it before: its policies with the tuned values, and the trials
    /// that were under way. Values found for another text of the policy are not taken over.
    /// </summary>
    /// <exception cref="ArgumentException">It cannot be; what was in force stays.</exception>
    public void SetDocument(PolicySet document, Action<PolicySet> put)
    {
        document.Check();
        lock (_gate)
        {
            TunerMind[] minds = [.. document.Tuners.Select(tuner => Recall(document, tuner))];
            put(TunerSet.Compose(document, minds));
            (_document, _minds) = (document, minds);
        }
    }

    /// <summary>The set that a document comes to, with what was found for it.</summary>
    public PolicySet Compose(PolicySet document)
    {
        document.Check();
        lock (_gate)
        {
            return TunerSet.Compose(document, [.. document.Tuners.Select(tuner => Recall(document, tuner))]);
        }
    }

    /// <summary>Looks at every trial once, and does what follows.</summary>
    /// <returns>Changes made.</returns>
    public int Step()
    {
        lock (_gate)
        {
            int count = 0;
            foreach (TunerMind mind in _minds)
            {
                (ArmSums serving, ArmSums other) = SumsOf(mind);
                if (mind.Decide(serving, other, NowMs) is { } change)
                {
                    Make(mind, change);
                    count++;
                }
            }

            return count;
        }
    }

    /// <summary>The timer's: what fails is said, and tried again.</summary>
    public void TryStep()
    {
        try
        {
            Step();
        }
        catch (Exception failure)
        {
            EngineLog.TunersFailed(of.Log, failure.Message, failure);
        }
    }

    /// <summary>
    /// Takes the policy's last step back. Null: it has no tuner, or no step was taken. Said again by the same author
    /// for the same reason with nothing in between it is the same revert, and answered as the first time.
    /// </summary>
    public TuneChange? Revert(string policy, string author, string reason)
    {
        lock (_gate)
        {
            if (journal.FindRepeated(policy, author, reason) is { } repeated)
            {
                return repeated;
            }

            if (_minds.FirstOrDefault(mind => mind.Tuner.Policy == policy) is not { } found
                || found.Revert(author, reason, NowMs) is not { } change)
            {
                return null;
            }

            Make(found, change);
            return change;
        }
    }

    private long NowMs => of.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    private void Make(TunerMind mind, TuneChange change)
    {
        journal.Add(change);
        mind.Apply(change);
        EngineLog.Tuned(of.Log, change.Policy, change.What, change.Parameter, change.From, change.To, change.Reason);
        try
        {
            putInForce(TunerSet.Compose(_document!, _minds));
        }
        catch (ArgumentException problem) when (change.What == TuneWhat.Try)
        {
            // A step that cannot be (a half-life that the bank does not fit) is one that was worse.
            Make(mind, change with
            {
                Number = change.Number + 1,
                What = TuneWhat.Reject,
                Reason = "cannot be in force: " + problem.Message,
            });
        }
    }

    private (ArmSums Serving, ArmSums Other) SumsOf(TunerMind mind)
    {
        if (mind.Current is not { } current)
        {
            return default;
        }

        uint key = ExperimentLayer.KeyOf(TunerSet.TrialOf(_document!, mind.Tuner, current));
        return (experiments.SumsOf(key, 0), experiments.SumsOf(key, 1));
    }

    private TunerMind Recall(PolicySet document, Tuner tuner)
    {
        PolicyShare share = document.Policies[document.IndexOf(tuner.Policy)];
        double[] start = [.. tuner.Parameters.Select(one => TunedNumbers.Of(share.Policy, one.Name)!.Value)];
        var mind = new TunerMind(tuner, start, share.Fingerprint);
        var known = tuner.Parameters.Select(one => one.Name).ToHashSet();
        foreach (TuneChange change in journal.Changes.Where(change => change.Policy == tuner.Policy))
        {
            mind.Remember(change, share.Fingerprint == change.Document && known.Contains(change.Parameter));
        }

        return mind;
    }
}
