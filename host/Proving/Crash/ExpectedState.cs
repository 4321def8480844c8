using Ebb.Engine;
using Ebb.Engine.Interest;

namespace Ebb.Proving.Crash;

/// <summary>
/// What every user must be after a crash: the fold of some beginning of what was sent of him, at least all that was
/// told durable. Kept apart from the engine, in plain lists. One thread.
/// </summary>
internal sealed class ExpectedState
{
    private const int RecentCountMax = 32;

    private readonly Dictionary<string, List<Act>> _acts = [];

    public IEnumerable<string> Users => _acts.Keys;

    /// <summary>Something is about to be sent; the position is the journal's before it.</summary>
    public Act Send(string user, BehaviourEvent? sent, int position)
    {
        if (!_acts.TryGetValue(user, out List<Act>? acts))
        {
            _acts.Add(user, acts = []);
        }

        var act = new Act(sent, position);
        acts.Add(act);
        return act;
    }

    /// <summary>The engine said that nothing of it was done.</summary>
    public void Undone(string user, Act act) => _acts[user].Remove(act);

    /// <summary>All that was sent so far is durable from this position on: a clean stop.</summary>
    public void AllDurable(int position)
    {
        foreach (Act act in _acts.Values.SelectMany(acts => acts))
        {
            act.DurableAt = Math.Min(act.DurableAt, position);
        }
    }

    /// <summary>What is wrong with the engine that a crash at this position left; null: nothing.</summary>
    public async Task<string?> CheckAsync(InterestEngine engine, int position)
    {
        foreach ((string user, List<Act> acts) in _acts)
        {
            int least = acts.FindLastIndex(act => act.DurableAt <= position) + 1;
            int most = acts.FindLastIndex(act => act.SentAt <= position) + 1;
            InterestProfile found = await engine.ProfileAsync(user).ConfigureAwait(false);
            bool isOne = Enumerable.Range(least, Math.Max(0, most - least + 1))
                .Any(count => IsFoldOf(acts.Take(count), found));
            if (!isOne)
            {
                string has = string.Join(' ', found.RecentEvents.Reverse().Select(past => past.Item));
                string sent = string.Join(' ', acts.Take(most).Select(act => act.Sent?.Item.ToString() ?? "forget"));
                return $"user {user} has {found.EventCount} events ({has}), which is no fold of the first {least} to"
                    + $" {most} of: {sent}";
            }
        }

        return null;
    }

    private static bool IsFoldOf(IEnumerable<Act> acts, InterestProfile found)
    {
        List<BehaviourEvent> events = [];
        foreach (Act act in acts)
        {
            if (act.Sent is { } sent)
            {
                events.Add(sent);
            }
            else
            {
                // Forgotten.
                events.Clear();
            }
        }

        return found.Known == events.Count > 0
            && found.EventCount == (ulong)events.Count
            && events.AsEnumerable().Reverse().Take(RecentCountMax).Select(sent => (sent.Item, sent.TimeMs))
                .SequenceEqual(found.RecentEvents.Select(past => (past.Item, past.TimeMs)));
    }

    /// <summary>One write of a user; no event: he was forgotten.</summary>
    public sealed class Act(BehaviourEvent? sent, int sentAt)
    {
        public BehaviourEvent? Sent { get; } = sent;

        public int SentAt { get; } = sentAt;

        public int DurableAt { get; set; } = int.MaxValue;
    }
}
