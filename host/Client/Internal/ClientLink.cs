using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Ebb.Protocol;

namespace Ebb.Client.Internal;

/// <summary>What a link tells its owner. Called on the link's receive loop, never at the same time.</summary>
internal interface ILinkOwner
{
    /// <summary>A whole reply or notice; content is tagged fields and body, valid until this returns.</summary>
    public void Received(ClientLink link, in FrameHeader header, ReadOnlySpan<byte> content);

    /// <summary>The end of the link, told once. Null: the server closed it in good order.</summary>
    public void Lost(ClientLink link, Exception? failure);
}

/// <summary>
/// One TCP connection after its HELLO: sends what was enqueued, all of it in as few writes as possible, and hands
/// received frames to its owner. Enqueue from any thread.
/// </summary>
internal sealed class ClientLink(ClientWire wire, PipeReader input, ILinkOwner owner, ProtocolLimits limits)
{
    private const int KeptBufferBytesMax = 1 << 20;

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _work = new(0);
    private FrameBuffer _filling = new();
    private FrameBuffer _sending = new();
    private bool _isSenderIdle;
    private bool _isClosing;

    public Task Completion { get; private set; } = Task.CompletedTask;

    public void Start() => Completion = Task.WhenAll(Task.Run(SendGuardedAsync), Task.Run(ReceiveGuardedAsync));

    public void Enqueue(ReadOnlySpan<byte> frame)
    {
        lock (_lock)
        {
            _filling.WriteBytes(frame);
            WakeSender();
        }
    }

    /// <summary>Sends what is enqueued, then no more; the server answers what it has and closes.</summary>
    public void CloseSending()
    {
        lock (_lock)
        {
            _isClosing = true;
            WakeSender();
        }
    }

    /// <summary>Ends both directions now.</summary>
    public void Abort()
    {
        CloseSending();
        wire.Dispose();
    }

    private void WakeSender()
    {
        if (_isSenderIdle)
        {
            _isSenderIdle = false;
            _work.Release();
        }
    }

    private async Task SendGuardedAsync()
    {
        try
        {
            await SendAsync();
            await wire.CloseSendingAsync();
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException or IOException
            or InvalidOperationException)
        {
            // The receive loop sees the same end and tells it.
            wire.Dispose();
        }
    }

    private async Task SendAsync()
    {
        while (true)
        {
            bool isClosing = TryTakeWork(out bool hasWork);
            if (hasWork)
            {
                await wire.SendAsync(_sending.WrittenMemory);
                _sending.Trim(KeptBufferBytesMax);
            }
            else if (isClosing)
            {
                return;
            }
            else
            {
                await _work.WaitAsync();
            }
        }
    }

    private bool TryTakeWork(out bool hasWork)
    {
        lock (_lock)
        {
            hasWork = _filling.Length > 0;
            if (hasWork)
            {
                (_filling, _sending) = (_sending, _filling);
            }
            else
            {
                _isSenderIdle = !_isClosing;
            }

            return _isClosing;
        }
    }

    private async Task ReceiveGuardedAsync()
    {
        Exception? reason = null;
        try
        {
            await ReceiveAsync();
        }
        catch (Exception failure) when (failure is IOException or SocketException or ObjectDisposedException
            or InvalidDataException or OperationCanceledException)
        {
            reason = failure;
        }

        Abort();
        owner.Lost(this, reason);
    }

    private async Task ReceiveAsync()
    {
        while (true)
        {
            var read = await input.ReadAsync();
            var buffer = read.Buffer;
            ScanResult scan;
            while ((scan = FrameScanner.Scan(buffer, limits, out var header)) == ScanResult.Frame)
            {
                Hand(header, buffer.Slice(0, header.FrameBytes));
                buffer = buffer.Slice(header.FrameBytes);
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (scan != ScanResult.NeedMore)
            {
                throw new InvalidDataException("The server sent what is not a frame of this protocol.");
            }

            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    private void Hand(in FrameHeader header, in ReadOnlySequence<byte> frame)
    {
        var bytes = frame.IsSingleSegment ? frame.FirstSpan : frame.ToArray();
        owner.Received(this, header, bytes[FrameHeader.Bytes..]);
    }
}
