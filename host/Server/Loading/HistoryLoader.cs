using Ebb.Client;
using Ebb.Evaluation.Datasets;
using Ebb.Protocol;

namespace Ebb.Server.Loading;

/// <summary>Sends a history in file order as pipelined OBSERVE batches, then waits until it is durable.</summary>
public static class HistoryLoader
{
    private const int BatchCount = 1000;
    private const int BatchesInFlight = 8;

    /// <summary>Events sent.</summary>
    public static async Task<long> LoadAsync(EbbClient client, HistorySource source, LoadRun run)
    {
        BehaviourLog log = source.Log;
        run.Summary.HasHistory = true;
        run.Summary.BadRows += log.BadRowCount;
        foreach (string problem in log.BadRows)
        {
            run.Summary.AddExample(problem);
        }

        EbbId[] users = [.. log.Users.Select(name => new EbbId(name))];
        EbbId[] items = [.. log.Items.Select(name => new EbbId(name))];
        int batchCount = Math.Min(BatchCount, client.Server.Limits.BatchEntriesMax);
        var pending = new Queue<(EbbEvent[] Events, Task<ObserveResult> Reply)>();
        int next = 0;
        while (next < log.Rows.Count || pending.Count > 0)
        {
            if (next < log.Rows.Count)
            {
                int take = Math.Min(batchCount, log.Rows.Count - next);
                var batch = new EbbEvent[take];
                for (int index = 0; index < take; index++)
                {
                    batch[index] = ToEvent(log.Rows[next + index], users, items);
                }

                next += take;
                pending.Enqueue((batch, client.ObserveAsync(batch, EbbAck.Applied, run.Cancellation)));
            }

            if (next == log.Rows.Count || pending.Count >= BatchesInFlight)
            {
                (EbbEvent[] events, Task<ObserveResult> reply) = pending.Dequeue();
                Count(events, await reply, run);
            }
        }

        await client.FlushAsync(run.Cancellation);
        return log.Rows.Count;
    }

    private static EbbEvent ToEvent(BehaviourRow row, EbbId[] users, EbbId[] items) =>
        new(users[row.User], items[row.Item], row.Type, row.TimeMs, float.IsNaN(row.Value) ? null : row.Value);

    private static void Count(EbbEvent[] events, ObserveResult reply, LoadRun run)
    {
        LoadSummary summary = run.Summary;
        for (int index = 0; index < events.Length; index++)
        {
            StatusCode status = reply.Statuses[index];
            switch (status)
            {
                case StatusCode.Ok:
                    summary.EventsApplied++;
                    break;
                case StatusCode.Duplicate:
                    summary.EventsDuplicate++;
                    break;
                case StatusCode.Parked:
                    summary.EventsParked++;
                    break;
                default:
                    summary.Refuse(status, $"event of user {events[index].User}, item {events[index].Item}");
                    break;
            }
        }

        run.Progress.Report(
            summary.EventsApplied + summary.EventsDuplicate + summary.EventsParked + summary.Refusals.Values.Sum());
    }
}
