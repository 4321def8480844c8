using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using System.Net.Sockets;
using Ebb.Client;

namespace Ebb.Bench.Wire;

/// <summary>The command line of <c>ebb-wire</c>. Exit codes as of <c>ebb</c>: 0, 1 (a line says why), 2.</summary>
public static class WireCommandLine
{
    private static readonly WireOptions Defaults = new() { Server = new IPEndPoint(IPAddress.Loopback, 0), Verb = "" };

    private static readonly Option<string> Verb = new Option<string>("--verb")
    {
        Description = "observe, act (Ebb), set (Redis and its like), echo (a server that sends back).",
        DefaultValueFactory = _ => "observe",
    }.AcceptOnlyFromAmong("observe", "act", "set", "echo");

    private static readonly Option<int> Port = Number("--port", "Port on 127.0.0.1.", EbbClientOptions.DefaultPort);
    private static readonly Option<int> Connections = Number("--connections", "", Defaults.ConnectionCount);
    private static readonly Option<int> Depth = Number("--depth", "Requests sent together.", Defaults.Depth);
    private static readonly Option<double> Rate =
        Number("--rate", "A second, at Poisson moments (act, observe, echo).", 0d);

    private static readonly Option<double> Seconds = Number("--seconds", "Measured.", Defaults.Seconds);
    private static readonly Option<double> Warmup = Number("--warmup", "Seconds before.", Defaults.WarmupSeconds);
    private static readonly Option<long> Requests = Number("--requests", "Measured instead of seconds.", 0L);
    private static readonly Option<int> Users = Number("--users", "Users, or keys.", Defaults.UserCount);
    private static readonly Option<int> Items = Number("--items", "", Defaults.ItemCount);
    private static readonly Option<int> K = Number("--k", "Items of a list.", Defaults.ListCount);
    private static readonly Option<int> ValueBytes = Number("--value-bytes", "Of SET.", Defaults.ValueBytes);
    private static readonly Option<int> Process = Number("--pid", "The server's, for its CPU time.", 0);
    private static readonly Option<bool> PutItems = new("--put-items") { Description = "Put the items first." };
    private static readonly Option<bool> Durable = new("--durable") { Description = "Ack level durable." };
    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object a run." };

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        var root = new RootCommand(
            "Load from one thread, pipelined in a closed loop or at Poisson moments: Ebb, Redis, an echo server.")
        {
            Verb, Port, Connections, Depth, Seconds, Warmup, Requests, Users, Items, K, ValueBytes, Process, PutItems,
            Durable, Json, Rate,
        };
        root.Validators.Add(result =>
        {
            double rate = result.GetValue(Rate);
            if (rate < 0 || !double.IsFinite(rate))
            {
                result.AddError("--rate: above 0, or left out.");
            }
            else if (rate > 0 && result.GetValue(Verb) is "set")
            {
                result.AddError("--rate: not with --verb set, whose replies do not say what they answer.");
            }
            else if (rate > 0 && (IsGiven(result, Requests) || IsGiven(result, Depth)))
            {
                result.AddError("--rate: one request at a time for --seconds, without --requests and --depth.");
            }
        });
        root.SetAction(async (parsed, _) =>
        {
            WireResult result = await WireRun.RunAsync(Read(parsed));
            await output.WriteLineAsync(parsed.GetValue(Json) ? result.ToJson() : result.ToText());
        });
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            await error.WriteLineAsync("ebb-wire: " + string.Join(" ", parsed.Errors.Select(e => e.Message)));
            return 2;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
            });
        }
        catch (Exception exception) when (
            exception is EbbConnectionException or EbbException or IOException or SocketException)
        {
            await error.WriteLineAsync($"ebb-wire: {exception.Message}");
            return 1;
        }
    }

    private static bool IsGiven(CommandResult result, Option option) =>
        result.GetResult(option) is { Implicit: false };

    private static WireOptions Read(ParseResult parsed) => new()
    {
        Server = new IPEndPoint(IPAddress.Loopback, parsed.GetValue(Port)),
        Verb = parsed.GetValue(Verb)!,
        ConnectionCount = parsed.GetValue(Connections),
        Depth = parsed.GetValue(Depth),
        Rate = parsed.GetValue(Rate),
        Seconds = parsed.GetValue(Seconds),
        WarmupSeconds = parsed.GetValue(Warmup),
        RequestCount = parsed.GetValue(Requests),
        UserCount = parsed.GetValue(Users),
        ItemCount = parsed.GetValue(Items),
        ListCount = parsed.GetValue(K),
        ValueBytes = parsed.GetValue(ValueBytes),
        ServerProcess = parsed.GetValue(Process),
        PutItems = parsed.GetValue(PutItems),
        Durable = parsed.GetValue(Durable),
    };

    private static Option<T> Number<T>(string name, string description, T ifMissing) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => ifMissing,
    };
}
