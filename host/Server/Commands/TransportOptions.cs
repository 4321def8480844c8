using System.CommandLine;
using Ebb.Server.Transport;

namespace Ebb.Server.Commands;

/// <summary>What brings the bytes of <c>ebb serve</c>.</summary>
internal sealed class TransportOptions
{
    private const int ThreadCountMax = 256;

    private readonly Option<SocketTransport> _transport = new("--transport")
    {
        Description = "auto: epoll on Linux, Kestrel's sockets elsewhere and under TLS.",
        HelpName = "auto|kestrel",
        DefaultValueFactory = _ => SocketTransport.Auto,
    };

    private readonly Option<int> _threads = CommandOptions.Count(
        "--socket-threads",
        "Threads that serve sockets, where epoll does. 0: as many as serve most, one a processor at most.",
        (0, ThreadCountMax), 0);

    private readonly Option<ByteSize> _buffers = CommandOptions.Bytes(
        "--buffer-memory", "What may wait in buffers, over all connections.", new EbbServerOptions().BufferedBytesMax);

    public void AddTo(Command command)
    {
        command.Add(_transport);
        command.Add(_threads);
        command.Add(_buffers);
    }

    public EbbServerOptions Apply(EbbServerOptions server, ParseResult parsed)
    {
        return server with
        {
            BufferedBytesMax = parsed.GetValue(_buffers).Bytes,
            Transport = parsed.GetValue(_transport),
            SocketThreadCount = parsed.GetValue(_threads),
        };
    }
}
