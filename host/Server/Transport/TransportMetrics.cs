using System.Diagnostics.Metrics;
using Ebb.Protocol;

namespace Ebb.Server.Transport;

/// <summary>The meter "Ebb.Server". One per server. Tags are cached, so that counting allocates nothing.</summary>
internal sealed class TransportMetrics : IDisposable
{
    public const string MeterName = "Ebb.Server";

    private static readonly KeyValuePair<string, object?>[] OpcodeTags =
        [.. Enumerable.Range(0, 256).Select(code => KeyValuePair.Create<string, object?>("opcode", NameOf(code)))];

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _frames;
    private readonly Counter<long> _bytesReceived;
    private readonly Counter<long> _bytesSent;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _closed;

    public TransportMetrics(ConnectionRegistry connections)
    {
        _frames = _meter.CreateCounter<long>("ebb.server.frames", "{frame}", "Frames read, by opcode.");
        _bytesReceived = _meter.CreateCounter<long>("ebb.server.received", "By");
        _bytesSent = _meter.CreateCounter<long>("ebb.server.sent", "By");
        _refused = _meter.CreateCounter<long>("ebb.server.refused", "{frame}", "Frames refused, by status.");
        _closed = _meter.CreateCounter<long>("ebb.server.closed", "{connection}", "Connections ended, by reason.");
        _meter.CreateObservableUpDownCounter("ebb.server.connections", () => connections.Count, "{connection}");
        _meter.CreateObservableUpDownCounter("ebb.server.in_flight", connections.SumInFlight, "{request}");
    }

    /// <summary>How many threads serve sockets, where that is known.</summary>
    public void WatchSocketThreads(Func<int> count) =>
        _meter.CreateObservableUpDownCounter("ebb.server.socket_threads", count, "{thread}");

    public void Frame(Opcode opcode) => _frames.Add(1, OpcodeTags[(byte)opcode]);

    public void Received(long bytes) => _bytesReceived.Add(bytes);

    public void Sent(long bytes) => _bytesSent.Add(bytes);

    public void Refused(StatusCode status)
    {
        if (_refused.Enabled)
        {
            _refused.Add(1, KeyValuePair.Create<string, object?>("status", status.ToString()));
        }
    }

    public void Closed(ConnectionCloseReason reason)
    {
        if (_closed.Enabled)
        {
            _closed.Add(1, KeyValuePair.Create<string, object?>("reason", reason.ToString()));
        }
    }

    public void Dispose() => _meter.Dispose();

    private static string NameOf(int code) => Enum.IsDefined((Opcode)code) ? ((Opcode)code).ToString() : "unknown";
}
