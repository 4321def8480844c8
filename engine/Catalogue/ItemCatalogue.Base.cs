using Ebb.Engine.Encryption;
using Ebb.Engine.Log;
using Ebb.Engine.Threading;

namespace Ebb.Engine.Catalogue;

/// <summary>Base export of the catalogue: what it is of, and in which order it becomes durable.</summary>
public sealed partial class ItemCatalogue
{
    private const int FileBufferBytes = 1 << 16;

    /// <summary>
    /// Writes everything to a file (durably, in place of what was there) while serving; the log is committed past what
    /// the file holds before the file appears. One at a time per path.
    /// </summary>
    /// <exception cref="CatalogueRefusedException">The log takes no more; the file that was there stays.</exception>
    /// <exception cref="EventLogException">The log's sync failed; the file that was there stays.</exception>
    /// <exception cref="IOException">The file could not be written; the one that was there stays.</exception>
    public async Task<CatalogueBaseInfo> WriteBaseAsync(string path, CancellationToken cancellation = default)
    {
        string temporary = path + ".tmp";
        try
        {
            BaseSnapshot snapshot;
            long sizeBytes;
            using (var file = new ExportStream(temporary))
            {
                using var stream = new BufferedStream(file, FileBufferBytes);
                snapshot = await WriteBaseAsync(stream, cancellation).ConfigureAwait(false);
                await stream.FlushAsync(CancellationToken.None).ConfigureAwait(false);
                file.Finish();
                sizeBytes = file.Length;
            }

            DurableFile.ReplaceWith(temporary, path);
            return new CatalogueBaseInfo(snapshot.Generation, snapshot.ReplaySequence, snapshot.RowCount, sizeBytes);
        }
        finally
        {
            FileMedium.Of(temporary).Delete(temporary);
        }
    }

    /// <summary>The blocks of a base; when it returns, the log is committed past all that they hold.</summary>
    internal async Task<BaseSnapshot> WriteBaseAsync(Stream stream, CancellationToken cancellation)
    {
        BaseSnapshot snapshot = TakeSnapshot();
        var writer = new BaseWriter(stream, _table, _gate, Options.BaseBlockBytesTarget);
        await BlockingWork.RunAsync(() =>
        {
            writer.WriteHead(snapshot);
            writer.WriteRows(snapshot, cancellation);
        }).ConfigureAwait(false);

        // Rows may show removals later than the snapshot: the file must not appear before those are durable.
        int[] textCounts = DefineTexts();
        await _log.CommitAsync().ConfigureAwait(false);
        await BlockingWork.RunAsync(() => writer.WriteTexts(textCounts)).ConfigureAwait(false);
        return snapshot;
    }

    private BaseSnapshot TakeSnapshot()
    {
        lock (_writer)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            StagedChange[] open = [.. _stager.Open.Where(change => change.FirstSequence != 0)];
            return new BaseSnapshot(
                Generation,
                _log.Tail,
                open.Length == 0 ? _log.Tail + 1 : open.Min(change => change.FirstSequence),
                _table.RowCount,
                [.. open.Select(change => change.Id)])
            {
                Edges = EncodeEdges(),
            };
        }
    }

    // Codes in a base must be in the log too, so that a replay without the base gives the next text the same code.
    private int[] DefineTexts()
    {
        lock (_writer)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (!_log.TryAppendDefines())
            {
                throw new CatalogueRefusedException(
                    EntryStatus.StorageFailed,
                    $"The catalogue's log takes no more ({_log.Failure}); no base is written.");
            }

            return [.. Enum.GetValues<AttributeKind>().Select(kind => _table.Dictionary(kind).Count)];
        }
    }

    private BaseSnapshot ReadBase(string path)
    {
        try
        {
            using Stream stream = ExportStream.OpenRead(path, FileBufferBytes);
            return new BaseReader(path, stream, _table, _graph).Read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngineStartException($"The catalogue base {path} cannot be read: {e.Message}", e);
        }
    }
}
