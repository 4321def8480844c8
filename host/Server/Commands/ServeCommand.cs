using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using Ebb.Engine;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Encoders;
using Ebb.Engine.Interest;
using Ebb.Engine.Log;
using Ebb.Engine.Ranking;
using Ebb.Engine.Store;
using Ebb.Server.Hosting;
using Ebb.Server.Security;
using Ebb.Server.Transport;
using Microsoft.Extensions.Logging;

namespace Ebb.Server.Commands;

/// <summary><c>ebb serve</c>: an engine on a folder behind a TCP port until SIGTERM or SIGINT.</summary>
internal sealed class ServeCommand
{
    private const int PartitionCountMax = 256;
    private const int DimensionMax = 1024;
    private const int ThreadCountMax = 1024;

    private static readonly StoreOptions StoreDefaults = new();
    private static readonly ServingPolicy PolicyDefaults = new();

    private readonly Option<string> _folder = new("--folder")
    {
        Description = "Where log, bases and spill live; made if missing. Left out: in memory, gone with the process.",
        HelpName = "DIR",
    };

    private readonly Option<VectorBlock[]> _blocks = BlockOption.Make();

    private readonly Option<int> _dimension = CommandOptions.Count(
        "--dimension", "D of the item vectors; fixed for a folder. 0: what the folder says.", (0, DimensionMax), 0);

    private readonly Option<EndPoint> _listen = CommandOptions.Address(
        "--listen", "Address to listen on; port 0 takes a free one.", EbbServerOptions.DefaultPort);

    private readonly Option<HumanDuration[]?> _halfLives = CommandOptions.Durations(
        "--half-life",
        "Half-lives of the interest bank: how long until an event counts half. Left out: the folder's own, "
        + "30d for a new one.",
        ifMissing: null);

    private readonly Option<int> _partitions = CommandOptions.Count(
        "--partitions", "Writers; fixed for a folder. 0: one a processor.", (0, PartitionCountMax), 0);

    private readonly Option<ByteSize> _memory = CommandOptions.Bytes(
        "--memory", "Memory for user records; the rest spills to disk.", StoreDefaults.MemoryBytesMax);

    private readonly Option<ByteSize> _itemMemory = CommandOptions.Bytes(
        "--item-memory", "Memory that item vectors may take.", new EngineOptions { Dimension = 1 }.ItemMemoryBytesMax);

    private readonly Option<string> _backend = new Option<string>("--backend")
    {
        Description = "Where scores are computed.",
        DefaultValueFactory = _ => "auto",
    }.AcceptOnlyFromAmong(BackendChoice.Names);

    private readonly Option<string?> _model = new("--model")
    {
        Description = "A model bundle (ebb train), whose encoder the policy may weigh: items get its vectors. SIGHUP"
            + " reads it again and swaps it while serving.",
        HelpName = "DIR",
    };

    private readonly Option<string> _modelProvider = new Option<string>("--model-provider")
    {
        Description = "Where the model is computed; cuda falls back to cpu and says why.",
        DefaultValueFactory = _ => "cpu",
    }.AcceptOnlyFromAmong(ModelChoice.Providers);

    private readonly Option<int> _threads = CommandOptions.Count(
        "--threads", "Threads of one batch of scans. 0: one a processor.", (0, ThreadCountMax), 0);

    private readonly Option<HumanDuration> _scanWait = CommandOptions.Duration(
        "--scan-wait",
        "How long a list may take that scans a large catalogue, 99 of 100 under load; what would be later is refused at"
        + " once. A good choice is RECOMMEND's p99 at half of the load that the machine can bear.",
        new EngineOptions { Dimension = 1 }.ScanWaitMax);

    private readonly Option<HumanDuration> _exportInterval = CommandOptions.Duration(
        "--export-interval", "Pace of base exports while serving; never: only on a clean stop.",
        StoreDefaults.ExportInterval);

    private readonly Option<HumanDuration> _commitInterval = CommandOptions.Duration(
        "--commit-interval", "What a crash may take of writes acknowledged as applied.",
        new EventLogOptions().CommitInterval);

    private readonly Option<double> _exportShare = new("--export-share")
    {
        Description = "Of one processor, what an export may take while it reads the users; from 0.01 to 1.",
        DefaultValueFactory = _ => StoreDefaults.ExportShare,
    };

    private readonly Option<HumanDuration> _driftSweep = CommandOptions.Duration(
        "--drift-sweep", "Pace at which everybody's drift from the list they hold is measured; never: not.",
        MemorySchema.Never);

    private readonly Option<HumanDuration> _logRetention = CommandOptions.Duration(
        "--log-retention",
        "How long log entries are kept that a base covers; FORGET promises to erase after it. never: for ever.",
        new EventLogOptions().RetentionTime);

    private readonly Option<double> _keepBelow = new("--keep-below")
    {
        Description = "Drift below which a list is kept.",
        HelpName = "DRIFT",
        DefaultValueFactory = _ => PolicyDefaults.KeepBelow,
    };

    private readonly Option<double> _shiftFrom = new("--shift-from")
    {
        Description = "Drift from which a list is ranked afresh and diversified.",
        HelpName = "DRIFT",
        DefaultValueFactory = _ => PolicyDefaults.ShiftFrom,
    };

    private readonly Option<double?> _scoreMin = new("--score-min")
    {
        Description = "Least final score of a list's items.",
        HelpName = "SCORE",
    };

    private readonly Option<string?> _policy = new("--policy")
    {
        Description = "Policies as JSON (ebb policy schema); SIGHUP reads the file again.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _memorySchema = new("--memory-schema")
    {
        Description = "The memory schema as JSON (ebb policy schema --memory), in place of --half-life; SIGHUP reads it"
            + " again, and one of a higher number rebuilds the users while serving.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _portrait = new("--portrait")
    {
        Description = "A change tree (ebb portrait) that PORTRAIT foretells with; SIGHUP reads the file again."
            + " Default: the model's, if it has one.",
        HelpName = "FILE",
    };

    private readonly Option<LogLevel> _logLevel = new("--log-level")
    {
        Description = "What is logged on standard error.",
        HelpName = "LEVEL",
        DefaultValueFactory = _ => LogLevel.Information,
    };

    private readonly SecurityOptions _security = new();
    private readonly GraphServeOptions _graph = new();
    private readonly PrivacyServeOptions _privacy = new();
    private readonly TransportOptions _transport = new();

    private ServeCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var serve = new ServeCommand();
        var command = new Command("serve", "Serve an engine on a folder over TCP.")
        {
            serve._folder, serve._dimension, serve._blocks, serve._listen, serve._halfLives, serve._partitions,
            serve._memory, serve._itemMemory, serve._backend, serve._threads, serve._scanWait,
            serve._exportInterval, serve._exportShare, serve._commitInterval, serve._logRetention, serve._driftSweep,
            serve._keepBelow, serve._shiftFrom, serve._scoreMin, serve._policy, serve._memorySchema,
            serve._model, serve._modelProvider, serve._portrait, serve._logLevel,
        };
        serve._security.AddTo(command);
        serve._graph.AddTo(command);
        serve._privacy.AddTo(command);
        serve._transport.AddTo(command);
        command.Validators.Add(result =>
        {
            Option[] single = [serve._keepBelow, serve._shiftFrom, serve._scoreMin];
            if (IsGiven(result, serve._policy) && single.FirstOrDefault(option => IsGiven(result, option)) is { } both)
            {
                result.AddError($"{both.Name} belongs into the file of --policy.");
            }

            if (IsGiven(result, serve._memorySchema) && IsGiven(result, serve._halfLives))
            {
                result.AddError("--half-life belongs into the file of --memory-schema.");
            }

            // The text, not the value: asking for the value of a text that is no number throws here.
            string dimension = result.GetResult(serve._dimension)?.Tokens.FirstOrDefault()?.Value ?? "0";
            if (result.GetValue(serve._folder) is null && dimension == "0" && result.GetValue(serve._model) is null)
            {
                result.AddError("--dimension is needed without a --folder or a --model that says it.");
            }
        });
        command.SetAction((parsed, cancellation) => serve.RunAsync(parsed, terminal, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        using var signals = new StopSignals(cancellation);
        using ILoggerFactory loggers = ConsoleLogging.Create(parsed.GetValue(_logLevel));
        ServeOptions options = await ReadAsync(parsed, loggers, signals.Token);
        await using (ServerHost host = await ServerHost.StartAsync(options, signals.Token))
        {
            string? policy = parsed.GetValue(_policy);
            string? schema = parsed.GetValue(_memorySchema);
            using PolicyReload? reload = policy is null && schema is null
                ? null
                : new PolicyReload(policy, schema, host.Engine, loggers);
            using ModelReload? models = parsed.GetValue(_model) is { } folder
                ? new ModelReload(folder, parsed.GetValue(_modelProvider)!, host.Engine, loggers)
                : null;
            string? asked = parsed.GetValue(_portrait);
            using PortraitFile? portrait = (asked ?? ModelFolder.Portrait(parsed.GetValue(_model))) is { } tree
                ? new PortraitFile(tree, host.Engine, loggers, isAskedFor: asked is not null)
                : null;
            using var security =
                new SecurityReload(options.Server.Tls, options.Server.Access, loggers);
            await terminal.Out.WriteLineAsync(StartLine(host));
            await terminal.Out.FlushAsync(CancellationToken.None);
            await signals.WaitAsync();
        }

        return ExitCodes.Ok;
    }

    private async Task<ServeOptions> ReadAsync(
        ParseResult parsed, ILoggerFactory loggers, CancellationToken cancellation)
    {
        TimeSpan interval = parsed.GetValue(_exportInterval).Value;
        SequenceEncoder? encoder = parsed.GetValue(_model) is { } model
            ? ModelChoice.Load(model, parsed.GetValue(_modelProvider)!, loggers.CreateLogger("Ebb.Model"))
            : null;
        int dimension = parsed.GetValue(_dimension);
        if (encoder is not null && dimension > 0 && dimension != encoder.Dimension)
        {
            throw new CliException(
                $"--dimension {dimension}: the model's vectors have {encoder.Dimension}", "leave --dimension out");
        }

        if (parsed.GetValue(_portrait) is { } tree)
        {
            PortraitFile.Read(tree);
        }

        var engine = new EngineOptions
        {
            Folder = parsed.GetValue(_folder),
            EncryptionKey = _security.EncryptionKey(parsed, parsed.GetValue(_folder)),
            Dimension = dimension > 0 ? dimension : encoder?.Dimension ?? 0,
            VectorBlocks = parsed.GetValue(_blocks)!,
            PartitionCount = parsed.GetValue(_partitions),
            Schema = ReadSchema(parsed),
            Policies = parsed.GetValue(_policy) is { } policy ? PolicyFiles.ReadPolicies(policy) : null,
            Policy = PolicyDefaults with
            {
                KeepBelow = parsed.GetValue(_keepBelow),
                ShiftFrom = parsed.GetValue(_shiftFrom),
                ScoreMin = parsed.GetValue(_scoreMin),
            },
            Store = StoreDefaults with
            {
                MemoryBytesMax = parsed.GetValue(_memory).Bytes,
                ExportInterval = interval == MemorySchema.Never ? TimeSpan.Zero : interval,
                ExportShare = parsed.GetValue(_exportShare),
            },
            Log = new EventLogOptions
            {
                CommitInterval = parsed.GetValue(_commitInterval).Value,
                RetentionTime = parsed.GetValue(_logRetention).Value,
            },
            ItemMemoryBytesMax = parsed.GetValue(_itemMemory).Bytes,
            Graph = _graph.Read(parsed),
            Privacy = _privacy.Read(parsed),
            Backend = BackendChoice.Resolve(
                parsed.GetValue(_backend)!, loggers.CreateLogger("Ebb.Backend")),
            ScanThreads = parsed.GetValue(_threads),
            ScanWaitMax = parsed.GetValue(_scanWait).Value,
            DriftSweepInterval = parsed.GetValue(_driftSweep).Value is var pace && pace != MemorySchema.Never
                ? pace
                : TimeSpan.Zero,
            LoggerFactory = loggers,
        };
        IPEndPoint endpoint = await EndpointText.ResolveAsync(parsed.GetValue(_listen)!, cancellation);
        var server = new EbbServerOptions { Endpoint = endpoint, LoggerFactory = loggers };
        return new ServeOptions(engine, _transport.Apply(_security.Apply(server, parsed), parsed))
        {
            Encoder = encoder,
        };
    }

    private MemorySchema? ReadSchema(ParseResult parsed)
    {
        if (parsed.GetValue(_memorySchema) is { } path)
        {
            return PolicyFiles.ReadMemorySchema(path);
        }

        return parsed.GetValue(_halfLives) is { Length: > 0 } halfLives
            ? new MemorySchema { HalfLives = CommandOptions.ToTimeSpans(halfLives) }
            : null;
    }

    private static bool IsGiven(CommandResult result, Option option) =>
        result.GetResult(option) is { Implicit: false };

    private static string StartLine(ServerHost host)
    {
        EngineOptions options = host.Engine.Options;
        EngineStats stats = host.Engine.GetStats();
        return $"ebb: listening on {host.Endpoint}, folder {options.Folder ?? "none (in memory)"}, "
            + $"D {options.Dimension}, half-life {HumanDuration.Format(host.Engine.Schema.HalfLives)}, "
            + $"{stats.PartitionCount} partitions, {stats.Backend} backend, {stats.ItemCount:N0} items, "
            + $"{stats.UserCount:N0} users"
            + (options.Folder is null ? "" : ", " + RetentionLine(options.Log.RetentionTime))
            + (options.EncryptionKey is null ? "" : ", encrypted");
    }

    /// <summary>What FORGET can promise here: said at every start, not found out when somebody asks.</summary>
    private static string RetentionLine(TimeSpan retention)
    {
        string kept = HumanDuration.Format(retention);
        return retention == MemorySchema.Never
            ? "log kept for ever: FORGET hides at once and erases no file (--log-retention 28d would)"
            : $"log kept {kept}: FORGET hides at once, files are free of the user after {kept}";
    }
}
