using System.Diagnostics;
using Ebb.Client;
using Ebb.Protocol;

namespace Ebb.Server.Demo;

/// <summary>
/// Sends invoices in time order over one pipelined connection. Most go as OBSERVE batches; every n-th is a visit: the
/// customer's list (RECOMMEND), the purchase and the list after it (ACT), and the list once more (RECOMMEND). A call's
/// latency runs from before it is sent until its answer is decoded, with up to InFlightMax calls in flight.
/// </summary>
public sealed class DemoPlayer(EbbClient client, DemoData data) : IDisposable
{
    public const int BatchCount = 256;
    public const int InFlightMax = 8;
    public const int VisitStep = 2;
    public const int ListCount = 10;

    private readonly SemaphoreSlim _window = new(InFlightMax);
    private readonly EbbId[] _users = [.. data.Log.Users.Select(name => new EbbId(name))];
    private readonly EbbId[] _items = [.. data.Log.Items.Select(name => new EbbId(name))];
    private readonly List<EbbEvent> _batch = new(BatchCount);
    private Exception? _failure;

    public PlayTally Tally { get; } = new();

    /// <summary>Ends when everything is answered and durable.</summary>
    public async Task PlayAsync(
        IReadOnlyList<Invoice> invoices, IProgress<long> progress, CancellationToken cancellation)
    {
        for (int index = 0; index < invoices.Count; index++)
        {
            Invoice invoice = invoices[index];
            if (index % VisitStep == 0)
            {
                // The batch goes first: it may hold earlier events of this customer.
                await SendBatchAsync(cancellation);
                await VisitAsync(invoice, cancellation);
            }
            else
            {
                await ObserveAsync(invoice, cancellation);
            }

            progress.Report(Tally.EventsSent);
        }

        await SendBatchAsync(cancellation);
        await DrainAsync(cancellation);
        await client.FlushAsync(cancellation);
    }

    public void Dispose() => _window.Dispose();

    private async Task ObserveAsync(Invoice invoice, CancellationToken cancellation)
    {
        for (int row = invoice.First; row < invoice.First + invoice.Count; row++)
        {
            var line = data.Log.Rows[row];
            _batch.Add(new EbbEvent(_users[line.User], _items[line.Item], line.Type, line.TimeMs));
            if (_batch.Count == BatchCount)
            {
                await SendBatchAsync(cancellation);
            }
        }
    }

    private async Task SendBatchAsync(CancellationToken cancellation)
    {
        if (_batch.Count == 0)
        {
            return;
        }

        EbbEvent[] events = [.. _batch];
        _batch.Clear();
        await InWindowAsync(async () =>
        {
            ObserveResult reply = await client.ObserveAsync(events, EbbAck.Applied, cancellation);
            Tally.AddEvents(reply.Statuses);
        });
    }

    private async Task VisitAsync(Invoice invoice, CancellationToken cancellation)
    {
        EbbId user = _users[invoice.User];
        var query = new EbbQuery { Count = ListCount, NowMs = invoice.TimeMs };
        var actions = new EbbAction[invoice.Count];
        for (int index = 0; index < actions.Length; index++)
        {
            var line = data.Log.Rows[invoice.First + index];
            actions[index] = new EbbAction(_items[line.Item], line.Type, line.TimeMs);
        }

        await InWindowAsync(() => RecommendAsync(user, query, cancellation));
        await InWindowAsync(async () =>
        {
            long start = Stopwatch.GetTimestamp();
            ActResult reply = await client.ActAsync(user, actions, query, EbbAck.Applied, cancellation);
            Tally.Act.Add(Stopwatch.GetElapsedTime(start));
            Tally.AddEvents(reply.Statuses);
            Tally.AddList(reply.List.Decision);
        });
        await InWindowAsync(() => RecommendAsync(user, query, cancellation));
    }

    private async Task RecommendAsync(EbbId user, EbbQuery query, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        RecommendResult reply = await client.RecommendAsync(user, query, cancellation);
        Tally.Recommend.Add(Stopwatch.GetElapsedTime(start));
        Tally.AddList(reply.Decision);
    }

    /// <summary>
    /// Waits for a free place, starts the call in order (a call is on the wire's queue when it first yields) and
    /// returns; the place is free again with the answer.
    /// </summary>
    private async Task InWindowAsync(Func<Task> call)
    {
        await _window.WaitAsync();
        if (_failure is not null)
        {
            _window.Release();
            throw _failure;
        }

        _ = FinishAsync(call());
    }

    private async Task FinishAsync(Task call)
    {
        try
        {
            await call;
        }
        catch (Exception exception)
        {
            // Told by the next call, or by the drain: the first failure is the one that explains the rest.
            Interlocked.CompareExchange(ref _failure, exception, null);
        }
        finally
        {
            _window.Release();
        }
    }

    private async Task DrainAsync(CancellationToken cancellation)
    {
        for (int place = 0; place < InFlightMax; place++)
        {
            await _window.WaitAsync(cancellation);
        }

        _window.Release(InFlightMax);
        if (_failure is not null)
        {
            throw _failure;
        }
    }
}
