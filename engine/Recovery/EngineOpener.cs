using System.Diagnostics;
using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Log;
using Ebb.Engine.Store;
using Ebb.Engine.Store.Base;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Memory;

namespace Ebb.Engine.Recovery;

/// <summary>
/// Opens an engine: takes the folder, checks the options against it, recovers, wires the parts. Whatever stands in the
/// way becomes one <see cref="EngineStartException"/>, and nothing stays open behind it.
/// </summary>
internal static class EngineOpener
{
    public static OpenedEngine Open(EngineOptions options, CancellationToken cancellation)
    {
        var opened = new Stack<IDisposable>();
        try
        {
            return options.Folder is null ? OpenInMemory(options, opened) : OpenFolder(options, opened, cancellation);
        }
        catch (Exception failure)
        {
            CloseAll(opened);

            if (failure is EngineStartException or OperationCanceledException)
            {
                throw;
            }

            throw IsExpected(failure)
                ? new EngineStartException(OneLine(options, failure), failure)
                : new EngineStartException(
                    $"the engine could not open: {failure.Message.ReplaceLineEndings(" ")}", failure);
        }
    }

    private static OpenedEngine OpenInMemory(EngineOptions options, Stack<IDisposable> opened)
    {
        options = OptionsResolver.Resolve(options, null);
        var log = new MemoryEventLog(options.PartitionCount);
        EngineCore core = Assemble(options, log, (null, options.Schema!), opened, out _);
        foreach (Partition partition in core.Partitions)
        {
            PartitionRecovery.AcquireEmpty(core, partition);
        }

        return Start(core, null, null, opened);
    }

    private static OpenedEngine OpenFolder(
        EngineOptions options, Stack<IDisposable> opened, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        string folder = Path.GetFullPath(options.Folder!);
        HeldFolder held = HeldFolder.Take(folder, options.EncryptionKey);
        opened.Push(held);
        BaseManifest? manifest = BaseManifest.Read(folder);
        BaseManifest.RemoveUnpublished(folder, manifest);
        options = OptionsResolver.Resolve(options with { Folder = folder }, manifest);
        InterestStore.DeleteAllSpill(folder);
        MemorySchema ofBases = OptionsResolver.SchemaOfBases(options, manifest);
        if (manifest is not null && manifest.NextSchemaJson is null
            && MemorySchemaJson.Write(ofBases) != MemorySchemaJson.Write(options.Schema!))
        {
            BaseManifest.PublishSchema(folder, MemorySchemaJson.Write(options.Schema!));
        }

        var log = new FasterEventLog(folder, options.PartitionCount, options.Log, EngineLog.For(options));
        opened.Push(new AsyncDisposal(log));
        BaseManifest? basis = options.ReplayWholeLog ? null : manifest;
        string? catalogueBase = basis?.CatalogueFile is { } file ? Path.Combine(folder, file) : null;
        EngineCore core = Assemble(
            options, log, (catalogueBase, ofBases), opened, out CatalogueHistory history);
        long replayed = PartitionRecovery.RecoverAll(core, basis, manifest is not null, history, cancellation);
        foreach (PendingErasure erasure in manifest?.Erasures ?? [])
        {
            core.Erasures.Add(erasure);
        }

        var exporter = new BaseExporter(core, folder, manifest?.Round ?? 0, EngineLog.For(options));
        OpenedEngine engine = Start(core, exporter, held, opened);
        if (manifest is null)
        {
            // The first round is empty, and says for every later open what this folder is.
            exporter.ExportAsync(cancellation).GetAwaiter().GetResult();
        }

        LogOpened(core, folder, replayed, started);
        return engine;
    }

    internal static EngineCore Assemble(
        EngineOptions options, IEventLog log, (string? CatalogueFile, MemorySchema Schema) bases,
        Stack<IDisposable> opened, out CatalogueHistory history)
    {
        IKernelBackend backend = options.Backend ?? new CpuBackend(options.ScanThreads);
        if (options.Backend is null)
        {
            opened.Push(backend);
        }

        var catalogueOptions = new CatalogueOptions
        {
            Dimension = options.Dimension,
            Backend = backend,
            Budget = new MemoryBudget(options.ItemMemoryBytesMax),
            Clock = options.Clock,
            Graph = options.Graph,
        };
        ItemCatalogue catalogue = ItemCatalogue.Open(catalogueOptions, log, bases.CatalogueFile, out history);
        opened.Push(catalogue);
        var core = new EngineCore(options, bases.Schema, log, catalogue, backend);
        opened.Push(core);
        return core;
    }

    private static OpenedEngine Start(
        EngineCore core, BaseExporter? exporter, HeldFolder? held, Stack<IDisposable> opened)
    {
        if (core.Experiments.FindChanged(core.Policies.Set) is { } changed)
        {
            throw new EngineStartException($"the policy cannot be: {changed}");
        }

        var engine = new OpenedEngine(core, exporter, held, ownsBackend: core.Options.Backend is null);
        engine.Start();

        // From here on the engine owns its parts; a failure after this closes it whole.
        opened.Clear();
        opened.Push(new AsyncDisposal(engine));
        return engine;
    }

    private static void LogOpened(EngineCore core, string folder, long replayed, long started)
    {
        long users = core.Partitions.Sum(partition => partition.Batch.Parts.Store.Count);
        using CatalogueLease lease = core.Catalogue.Read();
        EngineLog.Opened(
            EngineLog.For(core.Options), folder, users, lease.ItemCount, replayed,
            (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    /// <summary>Closes what was opened so far. What fails in it must not hide why opening failed.</summary>
    private static void CloseAll(Stack<IDisposable> opened)
    {
        while (opened.TryPop(out IDisposable? part))
        {
            try
            {
                part.Dispose();
            }
            catch (Exception failure) when (IsExpected(failure))
            {
                // The disk that stopped the opening stops the closing too; the first failure is the one to tell.
            }
        }
    }

    private static bool IsExpected(Exception failure) => failure
        is EventLogException or BaseCorruptException or StoreException or StoreCorruptException
        or MemoryBudgetExceededException or IOException or UnauthorizedAccessException or CatalogueRefusedException;

    private static string OneLine(EngineOptions options, Exception failure)
    {
        string words = failure.Message.ReplaceLineEndings(" ");
        return failure is IOException or UnauthorizedAccessException
            ? $"the engine folder {options.Folder} cannot be used: {words}"
            : words;
    }

    private sealed class AsyncDisposal(IAsyncDisposable part) : IDisposable
    {
        public void Dispose() => part.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
