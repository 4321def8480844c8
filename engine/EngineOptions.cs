using Ebb.Engine.Catalogue;
using Ebb.Engine.Diagnostics;
using Ebb.Engine.Encoders;
using Ebb.Engine.Encryption;
using Ebb.Engine.Graph.Live;
using Ebb.Engine.Interest;
using Ebb.Engine.Log;
using Ebb.Engine.Policy;
using Ebb.Engine.Privacy;
using Ebb.Engine.Ranking;
using Ebb.Engine.Store;
using Ebb.Kernels.Backends;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine;

/// <summary>How an engine is opened. Immutable.</summary>
public sealed record EngineOptions
{
    /// <summary>Where log, bases and spill live; null: in memory only, gone with the process.</summary>
    public string? Folder { get; init; }

    /// <summary>
    /// Keeps log, bases and backups of the folder encrypted under this key; null: in the clear. Fixed for a folder.
    /// </summary>
    public EncryptionKey? EncryptionKey { get; init; }

    /// <summary>D of the item vectors, 1 to 1024. Fixed for a folder; 0: what the folder says.</summary>
    public required int Dimension { get; init; }

    /// <summary>
    /// Writers, 1 to 256. Fixed for a folder. 0: one a processor, and what the folder says when it exists.
    /// </summary>
    public int PartitionCount { get; init; }

    /// <summary>Fixed for a folder. Null: what the folder says, or the default schema for a new one.</summary>
    public MemorySchema? Schema { get; init; }

    public ServingPolicy Policy { get; init; } = new();

    /// <summary>Policies side by side, in place of the one.</summary>
    public PolicySet? Policies { get; init; }

    public StoreOptions Store { get; init; } = new();

    public EventLogOptions Log { get; init; } = new();

    /// <summary>Bytes that item vectors may take.</summary>
    public long ItemMemoryBytesMax { get; init; } = 8L << 30;

    /// <summary>How vectors flow along edges between items, brands, categories and content.</summary>
    public LiveGraphOptions Graph { get; init; } = new();

    /// <summary>Null: the CPU backend.</summary>
    public IKernelBackend? Backend { get; init; }

    /// <summary>Threads that one batch of scans may use; 0: one a processor.</summary>
    public int ScanThreads { get; init; }

    /// <summary>Served lists kept per partition; the least recently used goes first.</summary>
    public int ServedListCountMax { get; init; } = 65_536;

    /// <summary>Orders the best of a list anew where a policy asks for it; null: the model's. Not owned.</summary>
    public IReRanker? ReRanker { get; init; }

    /// <summary>The sequence encoder that policies may weigh; null: none. The engine's from here on.</summary>
    public SequenceEncoder? Encoder { get; init; }

    /// <summary>
    /// Names of the stretches of every item vector, in order, D together; empty: the vector has no parts. The
    /// deployment's own, to be the same at every start, as D is.
    /// </summary>
    public IReadOnlyList<VectorBlock> VectorBlocks { get; init; } = [];

    /// <summary>Keeps reports about the population from telling of one user; null: figures as they are.</summary>
    public PrivacyOptions? Privacy { get; init; }

    /// <summary>When the drift of the whole population is an alarm.</summary>
    public DriftAlarmOptions DriftAlarm { get; init; } = new();

    /// <summary>
    /// Pace at which everybody's drift from the list they hold is measured (STATS); zero: only when asked for.
    /// </summary>
    public TimeSpan DriftSweepInterval { get; init; }

    /// <summary>When another taste of a user, or of many, is one.</summary>
    public TasteAlarmOptions TasteAlarm { get; init; } = new();

    /// <summary>Requests that may wait per partition; past it a request is answered Overloaded at once.</summary>
    public int QueueCountMax { get; init; } = 65_536;

    /// <summary>
    /// How long a list may take that needs a scan of a large catalogue, from hand-over to answer: 99 of 100 under load,
    /// no less than one takes without. From half of it on fresh scans give way to kept candidates; past it RECOMMEND
    /// and ACT are answered Overloaded at once, with the time after which to come back.
    /// </summary>
    public TimeSpan ScanWaitMax { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Recover by folding the whole log, ignoring bases: what `verify` and the recovery tests do. Needs a log that was
    /// never trimmed.
    /// </summary>
    public bool ReplayWholeLog { get; init; }

    /// <summary>Where users spill to; null: below the folder. Who only reads a folder puts it elsewhere.</summary>
    internal string? SpillFolder { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public ILoggerFactory? LoggerFactory { get; init; }
}
