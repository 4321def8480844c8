using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Client.Internal;

/// <summary>Connects, says HELLO and reads its answer. One try; the caller decides about another.</summary>
internal static class Handshake
{
    private const ulong HelloCorrelation = 1;

    public static async Task<HandshakeResult> ConnectAsync(
        EbbClientOptions options, ulong session, ILinkOwner owner, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(options.ConnectTimeout);
        var family = options.Endpoint is IPEndPoint ip ? ip.AddressFamily : AddressFamily.Unspecified;
        var socket = family == AddressFamily.Unspecified
            ? new Socket(SocketType.Stream, ProtocolType.Tcp)
            : new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        socket.NoDelay = true;
        try
        {
            await socket.ConnectAsync(options.Endpoint, limit.Token);
            var input = PipeReader.Create(
                new NetworkStream(socket, ownsSocket: false), new StreamPipeReaderOptions(bufferSize: 64 << 10));
            await SendHelloAsync(socket, options, session, limit.Token);
            return await ReadAnswerAsync(socket, input, owner, limit.Token);
        }
        catch (Exception failure)
        {
            socket.Dispose();
            throw failure switch
            {
                EbbException or EbbConnectionException => failure,
                OperationCanceledException when cancellation.IsCancellationRequested => failure,
                OperationCanceledException => new EbbConnectionException(
                    $"No answer from {options.Endpoint} within {options.ConnectTimeout.TotalSeconds:0.#} s."),
                _ => new EbbConnectionException($"Cannot connect to {options.Endpoint}: {failure.Message}", failure),
            };
        }
    }

    private static async Task SendHelloAsync(
        Socket socket, EbbClientOptions options, ulong session, CancellationToken cancellation)
    {
        using var buffer = new FrameBuffer();
        WriteHello(buffer, options, session);
        var rest = buffer.WrittenMemory;
        while (!rest.IsEmpty)
        {
            rest = rest[await socket.SendAsync(rest, SocketFlags.None, cancellation)..];
        }
    }

    private static void WriteHello(FrameBuffer buffer, EbbClientOptions options, ulong session)
    {
        var frame = new FrameWriter(buffer, new FrameHeader
        {
            Version = FrameHeader.Version1,
            Opcode = Opcode.Hello,
            CorrelationId = HelloCorrelation,
        });
        frame.Tag(FieldTag.Session, session);
        if (options.Tenant.Length > 0)
        {
            frame.Tag(FieldTag.Tenant, Encoding.UTF8.GetBytes(options.Tenant));
        }

        byte[] name = Encoding.UTF8.GetBytes(options.Name);
        new HelloRequest
        {
            VersionMin = FrameHeader.Version1,
            VersionMax = FrameHeader.Version1,
            FrameBytesMax = (uint)new ProtocolLimits().FrameBytesMax,
            Name = name.AsSpan(0, Math.Min(name.Length, ProtocolLimits.NameBytesMax)),
        }.Write(frame.Body());
        frame.Complete();
    }

    private static async Task<HandshakeResult> ReadAnswerAsync(
        Socket socket, PipeReader input, ILinkOwner owner, CancellationToken cancellation)
    {
        var limits = new ProtocolLimits();
        while (true)
        {
            var read = await input.ReadAsync(cancellation);
            var scan = FrameScanner.Scan(read.Buffer, limits, out var header);
            if (scan == ScanResult.Frame)
            {
                byte[] frame = read.Buffer.Slice(0, header.FrameBytes).ToArray();
                input.AdvanceTo(read.Buffer.GetPosition(header.FrameBytes));
                var info = ReadHello(header, frame.AsSpan(FrameHeader.Bytes), out ulong mark);
                var link = new ClientLink(socket, input, owner, limits);
                return new HandshakeResult(link, info, mark);
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (scan != ScanResult.NeedMore || read.IsCompleted)
            {
                throw new EbbConnectionException("What answered there is not an Ebb server.");
            }
        }
    }

    private static EbbServerInfo ReadHello(in FrameHeader header, ReadOnlySpan<byte> content, out ulong mark)
    {
        TaggedFields.TryRead(content[..header.TaggedBytes], out var fields);
        if (header.Opcode != Opcode.Hello || !header.Status.IsDone())
        {
            string message = Encoding.UTF8.GetString(fields.Message);
            throw new EbbException(header.Status, $"The server refused the connection ({header.Status}): {message}");
        }

        if (HelloReply.TryRead(content[header.TaggedBytes..], out var hello) != StatusCode.Ok)
        {
            throw new EbbException(StatusCode.Malformed, "The server's HELLO does not follow the protocol.");
        }

        mark = hello.SessionMark;
        return new EbbServerInfo
        {
            Name = Encoding.UTF8.GetString(hello.Name),
            Version = hello.Version,
            Dimension = hello.Dimension,
            CatalogueGeneration = hello.CatalogueGeneration,
            Limits = new ProtocolLimits
            {
                FrameBytesMax = (int)Math.Min(hello.FrameBytesMax, int.MaxValue),
                BatchEntriesMax = (int)Math.Min(hello.BatchEntriesMax, int.MaxValue),
                CandidatesMax = (int)Math.Min(hello.CandidatesMax, int.MaxValue),
                CountMax = (int)Math.Min(hello.CountMax, int.MaxValue),
                InFlightMax = (int)Math.Min(hello.InFlightMax, int.MaxValue),
                InFlightBytesMax = (int)Math.Min(hello.InFlightBytesMax, int.MaxValue),
                TaggedBytesMax = hello.TaggedBytesMax,
                FilterValuesMax = hello.FilterValuesMax,
            },
        };
    }
}

/// <summary>A link that is ready to start, and what HELLO told.</summary>
internal sealed record HandshakeResult(ClientLink Link, EbbServerInfo Server, ulong SessionMark);
