using Ebb.Client;
using Ebb.Protocol;

namespace Ebb.Bench.Load;

/// <summary>Draws arrivals and sends them. Sending is thread-safe, drawing is not.</summary>
public sealed class Traffic(LoadOptions options, EbbId[] items, Random random)
{
    private readonly EbbId[] _users =
        [.. Enumerable.Range(0, options.UserCount).Select(user => new EbbId($"load-user-{user}"))];

    private readonly EbbQuery _query = new() { Count = options.ListCount };

    public Arrival Draw()
    {
        Verb verb = options.Mix.Pick(random.NextDouble());
        int count = verb switch
        {
            Verb.Act or Verb.Observe => options.EventCount,
            Verb.Rank => options.CandidateCount,
            _ => 0,
        };
        var drawn = new int[count];
        for (int index = 0; index < count; index++)
        {
            drawn[index] = random.Next(items.Length);
        }

        return new Arrival(verb, random.Next(_users.Length), drawn);
    }

    /// <summary>Sends and waits for the answer; the statuses of entries that were not done.</summary>
    public async Task<IEnumerable<StatusCode>> SendAsync(EbbClient client, Arrival arrival)
    {
        EbbId user = _users[arrival.User];
        long nowMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        switch (arrival.Verb)
        {
            case Verb.Act:
                EbbAction[] actions =
                    [.. arrival.Items.Select(item => new EbbAction(items[item], EbbEventType.Click, nowMs))];
                return NotDone((await client.ActAsync(user, actions, _query)).Statuses);
            case Verb.Observe:
                EbbEvent[] events =
                    [.. arrival.Items.Select(item => new EbbEvent(user, items[item], EbbEventType.Click, nowMs))];
                return NotDone((await client.ObserveAsync(events)).Statuses);
            case Verb.Rank:
                EbbCandidate[] candidates = [.. arrival.Items.Select(item => new EbbCandidate(items[item]))];
                return NotDone((await client.RankAsync(user, candidates)).Candidates.Select(entry => entry.Status));
            case Verb.Profile:
                await client.ProfileAsync(user);
                return [];
            default:
                await client.RecommendAsync(user, _query);
                return [];
        }
    }

    private static IEnumerable<StatusCode> NotDone(IEnumerable<StatusCode> statuses) =>
        statuses.Where(status => !status.IsDone());
}
