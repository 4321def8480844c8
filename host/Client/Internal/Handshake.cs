using System.Buffers;
using System.IO.Pipelines;
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
        ClientWire? wire = null;
        try
        {
            wire = await ClientWire.ConnectAsync(options, limit.Token);
            var input = PipeReader.Create(wire.Input, new StreamPipeReaderOptions(bufferSize: 64 << 10));
            await SendHelloAsync(wire, options, session, limit.Token);
            return await ReadAnswerAsync(wire, input, (owner, options.Token is not null), limit.Token);
        }
        catch (Exception failure)
        {
            wire?.Dispose();
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
        ClientWire wire, EbbClientOptions options, ulong session, CancellationToken cancellation)
    {
        using var buffer = new FrameBuffer();
        WriteHello(buffer, options, session);
        if (options.Token is { } token)
        {
            WriteAuth(buffer, token);
        }

        await wire.SendAsync(buffer.WrittenMemory, cancellation);

        // It may hold a token.
        buffer.Patch(0, buffer.Length).Clear();
    }

    // In one go with HELLO: who has a token waits no round trip longer.
    private static void WriteAuth(FrameBuffer buffer, EbbToken token)
    {
        var frame = new FrameWriter(buffer, new FrameHeader
        {
            Version = FrameHeader.Version1,
            Opcode = Opcode.Auth,
            CorrelationId = HelloCorrelation,
        });
        new AuthRequest { Token = Encoding.UTF8.GetBytes(token.Text) }.Write(frame.Body());
        frame.Complete();
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
        ClientWire wire, PipeReader input, (ILinkOwner Owner, bool AwaitsAuth) link, CancellationToken cancellation)
    {
        var limits = new ProtocolLimits();
        EbbServerInfo? info = null;
        ulong mark = 0;
        while (true)
        {
            var read = await input.ReadAsync(cancellation);
            var scan = FrameScanner.Scan(read.Buffer, limits, out var header);
            if (scan == ScanResult.Frame)
            {
                byte[] frame = read.Buffer.Slice(0, header.FrameBytes).ToArray();
                input.AdvanceTo(read.Buffer.GetPosition(header.FrameBytes));
                if (info is null)
                {
                    info = ReadHello(header, frame.AsSpan(FrameHeader.Bytes), out mark);
                }
                else
                {
                    RequireAccepted(header, frame.AsSpan(FrameHeader.Bytes), Opcode.Auth);
                    link.AwaitsAuth = false;
                }

                if (!link.AwaitsAuth)
                {
                    return new HandshakeResult(new ClientLink(wire, input, link.Owner, limits), info, mark);
                }

                continue;
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
        RequireAccepted(header, content, Opcode.Hello);
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

    private static void RequireAccepted(in FrameHeader header, ReadOnlySpan<byte> content, Opcode opcode)
    {
        if (header.Opcode != opcode || !header.Status.IsDone())
        {
            TaggedFields.TryRead(content[..header.TaggedBytes], out var fields);
            string message = Encoding.UTF8.GetString(fields.Message);
            throw new EbbException(header.Status, $"The server refused the connection ({header.Status}): {message}");
        }
    }
}

/// <summary>A link that is ready to start, and what HELLO told.</summary>
internal sealed record HandshakeResult(ClientLink Link, EbbServerInfo Server, ulong SessionMark);
