using Ebb.Bench.Load;

namespace Ebb.Bench.Wire;

/// <summary>
/// One measurement: items, warm-up, then the measured part between two readings of the server's counters.
/// </summary>
internal static class WireRun
{
    private const double ForEver = 1e6;

    public static async Task<WireResult> RunAsync(WireOptions options)
    {
        if (options.PutItems)
        {
            await EbbServerDoor.PutItemsAsync(options);
        }

        IPeerTraffic traffic = TrafficFor(options);
        using var closed = new ClosedLoop(options, traffic);
        closed.Run(ForEver, options.UserCount, new LatencyHistogram());
        using PoissonLoop? open = options.Rate > 0
            ? new PoissonLoop(options, (INumberedTraffic)TrafficFor(options)) : null;
        _ = open?.Run(options.WarmupSeconds, new LatencyHistogram(), new LatencyHistogram())
            ?? closed.Run(options.WarmupSeconds, 0, new LatencyHistogram());
        var before = await EbbServerDoor.SumsAsync(options);
        double serverBefore = ServerProcess.CpuSeconds(options.ServerProcess);
        double clientBefore = Environment.CpuUsage.TotalTime.TotalSeconds;
        var latencies = new LatencyHistogram();
        var lags = new LatencyHistogram();
        LoopCount count = open?.Run(options.Seconds, latencies, lags) ?? closed.Run(
            options.RequestCount > 0 ? ForEver : options.Seconds, options.RequestCount, latencies);
        double clientCpu = Environment.CpuUsage.TotalTime.TotalSeconds - clientBefore;
        double serverCpu = ServerProcess.CpuSeconds(options.ServerProcess) - serverBefore;
        var after = await EbbServerDoor.SumsAsync(options);
        return new WireResult
        {
            Verb = options.Verb + (options.Durable ? " durable" : ""),
            Connections = options.ConnectionCount,
            Depth = options.Depth,
            RequestBytes = traffic.RequestBytesMax,
            Requests = count.Replies,
            Errors = count.Errors,
            Rate = count.Replies / count.Seconds,
            P50Us = latencies.ValueAt(0.5) / 1e3,
            P99Us = latencies.ValueAt(0.99) / 1e3,
            P999Us = latencies.ValueAt(0.999) / 1e3,
            LagP99Us = lags.Count > 0 ? lags.ValueAt(0.99) / 1e3 : 0,
            ServerCpuUs = serverCpu * 1e6 / count.Replies,
            ClientCpuUs = clientCpu * 1e6 / count.Replies,
            Growth = new SortedDictionary<string, long>(
                after.ToDictionary(pair => pair.Key, pair => pair.Value - before.GetValueOrDefault(pair.Key))),
        };
    }

    private static IPeerTraffic TrafficFor(WireOptions options) => options.Verb switch
    {
        "set" => new RespTraffic(options),
        "echo" => new EchoTraffic(new EbbTraffic(options)),
        _ => new EbbTraffic(options),
    };
}
