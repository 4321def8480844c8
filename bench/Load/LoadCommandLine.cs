using System.CommandLine;
using System.Globalization;
using System.Net;
using Ebb.Client;
using Ebb.Protocol;
using Spectre.Console;

namespace Ebb.Bench.Load;

/// <summary>
/// The command line of <c>ebb-load</c>. Exit codes as those of <c>ebb</c>: 0, 1 (one line says why), 2 (usage).
/// </summary>
public static class LoadCommandLine
{
    private static readonly LoadOptions Defaults = new() { Server = new IPEndPoint(IPAddress.Loopback, 0) };

    private static readonly Option<EndPoint> Server = new("--server")
    {
        Description = "The running server.",
        HelpName = "HOST:PORT",
        DefaultValueFactory = _ => new IPEndPoint(IPAddress.Loopback, EbbClientOptions.DefaultPort),
        CustomParser = result =>
        {
            if (ParseEndpoint(result.Tokens[0].Value) is EndPoint endpoint)
            {
                return endpoint;
            }

            result.AddError($"--server: '{result.Tokens[0].Value}' is no HOST:PORT.");
            return null;
        },
    };

    private static readonly Option<VerbMix> Mix = new("--mix")
    {
        Description = "Shares of act, recommend, observe, rank and profile. Default act=50,recommend=40,observe=10.",
        HelpName = "VERB=SHARE,...",
        DefaultValueFactory = _ => VerbMix.Default,
        CustomParser = result =>
        {
            if (!VerbMix.TryParse(result.Tokens[0].Value, out VerbMix mix))
            {
                result.AddError($"--mix: '{result.Tokens[0].Value}' is no mix; write act=50,recommend=50.");
            }

            return mix;
        },
    };

    private static readonly Option<double> Rate = Positive("--rate", "Requests a second offered.", Defaults.Rate);
    private static readonly Option<double> Seconds = Positive("--seconds", "Seconds measured.", Defaults.Seconds);

    private static readonly Option<double> Warmup =
        Positive("--warmup", "Seconds offered before, not measured.", Defaults.WarmupSeconds);

    private static readonly Option<int> Connections =
        AtLeastOne("--connections", "Connections.", Defaults.ConnectionCount);

    private static readonly Option<int> InFlight = AtLeastOne(
        "--in-flight", "Unanswered requests past which arrivals are dropped and counted.", Defaults.InFlightMax);

    private static readonly Option<int> Users = AtLeastOne("--users", "Users, drawn evenly.", Defaults.UserCount);
    private static readonly Option<int> Events = AtLeastOne("--events", "Events of an ACT.", Defaults.EventCount);
    private static readonly Option<int> K = AtLeastOne("--k", "Items of a list.", Defaults.ListCount);
    private static readonly Option<int> Candidates =
        AtLeastOne("--candidates", "Candidates of a RANK.", Defaults.CandidateCount);

    private static readonly Option<string> Ids = new("--ids")
    {
        Description = "Ids of the items to act on, a line each (the server has them already).",
        HelpName = "FILE",
    };

    private static readonly Option<int> PutItems = new("--put-items")
    {
        Description = "Put this many random items first instead of --ids.",
        HelpName = "N",
    };

    private static readonly Option<int> Seed = new("--seed")
    {
        Description = "Of arrivals, users and items.",
        DefaultValueFactory = _ => Defaults.Seed,
    };

    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object on standard output." };

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        ParseResult parsed = Build(output).Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            await error.WriteLineAsync(
                "ebb-load: " + string.Join(" ", parsed.Errors.Select(problem => problem.Message)) + " See --help.");
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
            exception is EbbConnectionException or EbbException or IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync($"ebb-load: {exception.Message}: check the server and the file.");
            return 1;
        }
    }

    private static RootCommand Build(TextWriter output)
    {
        var root = new RootCommand("Open-loop load on a running Ebb server: Poisson arrivals, no coordinated omission.")
        {
            Server, Rate, Seconds, Warmup, Connections, InFlight, Mix, Users, Events, K, Candidates, Ids, PutItems,
            Seed, Json,
        };
        root.Validators.Add(result =>
        {
            if ((result.GetValue(Ids) is null) == (result.GetValue(PutItems) <= 0))
            {
                result.AddError("Give either --ids FILE or --put-items N.");
            }
        });
        root.SetAction((parsed, _) => RunAsync(Read(parsed), parsed.GetValue(Json), output));
        return root;
    }

    private static LoadOptions Read(ParseResult parsed) => new()
    {
        Server = parsed.GetValue(Server)!,
        Rate = parsed.GetValue(Rate),
        Seconds = parsed.GetValue(Seconds),
        WarmupSeconds = parsed.GetValue(Warmup),
        ConnectionCount = parsed.GetValue(Connections),
        InFlightMax = parsed.GetValue(InFlight),
        Mix = parsed.GetValue(Mix)!,
        UserCount = parsed.GetValue(Users),
        EventCount = parsed.GetValue(Events),
        ListCount = parsed.GetValue(K),
        CandidateCount = parsed.GetValue(Candidates),
        IdsPath = parsed.GetValue(Ids),
        PutItems = parsed.GetValue(PutItems),
        Seed = parsed.GetValue(Seed),
    };

    private static async Task<int> RunAsync(LoadOptions options, bool json, TextWriter output)
    {
        var clients = new EbbClient[options.ConnectionCount];
        try
        {
            for (int index = 0; index < clients.Length; index++)
            {
                clients[index] = await EbbClient.ConnectAsync(ClientOptions(options));
            }

            EbbId[] items = await LoadCatalogue.PrepareAsync(options, clients[0]);
            var traffic = new Traffic(options, items, new Random(options.Seed + 1));
            LoadResult result = await new OpenLoop(options, traffic, clients).RunAsync();
            var server = (await clients[0].StatsAsync())
                .Where(stat => stat.Key.Contains("batch") || stat.Key.Contains("queue_time"))
                .ToDictionary(stat => stat.Key, stat => stat.Value);
            await WriteAsync(result with { Server = server }, json, output);
            return 0;
        }
        finally
        {
            foreach (EbbClient? client in clients)
            {
                await (client?.DisposeAsync() ?? ValueTask.CompletedTask);
            }
        }
    }

    /// <summary>The client's own bound lies above ours: an arrival is dropped here, never delayed there.</summary>
    private static EbbClientOptions ClientOptions(LoadOptions options) => new()
    {
        Endpoint = options.Server,
        Name = "ebb-load",
        InFlightMax = options.InFlightMax + 1,
    };

    private static async Task WriteAsync(LoadResult result, bool json, TextWriter output)
    {
        if (json)
        {
            await output.WriteLineAsync(result.ToJson());
            return;
        }

        ResultPrinter.Print(
            result, AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) }));
    }

    private static EndPoint? ParseEndpoint(string text)
    {
        if (IPEndPoint.TryParse(text, out IPEndPoint? endpoint))
        {
            return endpoint;
        }

        int colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text[(colon + 1)..], NumberStyles.None, null, out int port) && port <= 65535
            ? new DnsEndPoint(text[..colon], port)
            : null;
    }

    private static Option<double> Positive(string name, string description, double ifMissing)
    {
        var option = new Option<double>(name)
        {
            Description = description,
            DefaultValueFactory = _ => ifMissing,
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && double.TryParse(result.Tokens[0].Value, out double value) && !(value > 0))
            {
                result.AddError($"{name}: give a number above 0.");
            }
        });
        return option;
    }

    private static Option<int> AtLeastOne(string name, string description, int ifMissing)
    {
        var option = new Option<int>(name)
        {
            Description = description,
            DefaultValueFactory = _ => ifMissing,
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int value) && value < 1)
            {
                result.AddError($"{name}: give 1 or more.");
            }
        });
        return option;
    }
}
