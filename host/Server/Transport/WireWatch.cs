using Ebb.Engine.Interest.Lifecycle.Watching;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Server.Transport;

/// <summary>
/// One subscription of a connection: writes a CHANGE frame for what the engine tells, under the output's lock. A peer
/// that does not read loses changes once that many bytes wait for it, and learns so from the next one it gets.
/// </summary>
internal sealed class WireWatch : IPhaseListener
{
    private const int WaitingBytesMax = 256 << 10;

    private readonly ReplyOutput _output;
    private readonly long _frameBytesMax;
    private readonly ulong _correlationId;
    private bool _isClosed;
    private bool _hasMissed;

    /// <param name="output">The connection's.</param>
    /// <param name="frameBytesMax">Longest frame that the peer takes.</param>
    /// <param name="correlationId">Of the SUBSCRIBE.</param>
    public WireWatch(ReplyOutput output, long frameBytesMax, ulong correlationId)
    {
        _output = output;
        _frameBytesMax = frameBytesMax;
        _correlationId = correlationId;
        Watch = new PhaseWatch(this);
    }

    public PhaseWatch Watch { get; }

    /// <summary>When it returns nothing more will be written.</summary>
    public void Close()
    {
        _output.Enter();
        _isClosed = true;
        _output.Leave(0, 0);
        Watch.Dispose();
    }

    public void PhasesChanged(PhaseWatch watch, IReadOnlyList<PhaseChange> changes, long atMs)
    {
        var buffer = _output.Enter();
        if (!_isClosed && buffer.Length > WaitingBytesMax)
        {
            _hasMissed = true;
        }
        else if (!_isClosed)
        {
            Write(buffer, changes, atMs);
        }

        _output.Leave(0, 0);
    }

    private void Write(FrameBuffer buffer, IReadOnlyList<PhaseChange> changes, long atMs)
    {
        var frame = new FrameWriter(buffer, new FrameHeader
        {
            Version = FrameHeader.Version1,
            Opcode = Opcode.Change,
            Flags = FrameFlags.Reply,
            CorrelationId = _correlationId,
        });
        var body = frame.Body();
        PhaseListWriter.WriteHead(body, changes.Count, _hasMissed, atMs);
        foreach (var change in changes)
        {
            InsightEncoder.ToEntry(change).Write(body);
        }

        _hasMissed = frame.Complete() > _frameBytesMax;
        if (_hasMissed)
        {
            frame.Abandon();
        }
    }
}
