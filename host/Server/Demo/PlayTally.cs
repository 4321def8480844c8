using Ebb.Protocol;

namespace Ebb.Server.Demo;

/// <summary>What came back while the demo played: statuses, list decisions, latencies. Thread-safe.</summary>
public sealed class PlayTally
{
    private readonly long[] _decisions = new long[Enum.GetValues<EbbListDecision>().Length];
    private long _applied;
    private long _sent;
    private long _refused;

    public LatencySamples Act { get; } = new();

    public LatencySamples Recommend { get; } = new();

    public long EventsSent => Volatile.Read(ref _sent);

    public long EventsApplied => Volatile.Read(ref _applied);

    /// <summary>Answered with anything but Ok.</summary>
    public long EventsRefused => Volatile.Read(ref _refused);

    public void AddEvents(IReadOnlyList<StatusCode> statuses)
    {
        int applied = statuses.Count(status => status == StatusCode.Ok);
        Interlocked.Add(ref _sent, statuses.Count);
        Interlocked.Add(ref _applied, applied);
        Interlocked.Add(ref _refused, statuses.Count - applied);
    }

    public void AddList(EbbListDecision decision) => Interlocked.Increment(ref _decisions[(int)decision]);

    public long ListCount(EbbListDecision decision) => Volatile.Read(ref _decisions[(int)decision]);
}
