using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Recovery;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine.Encoders;

/// <summary>
/// Puts another model in the place of the one that serves, with its item vectors: a new vector space. Items and users
/// change over while no partition runs, users as for a change of schema (on touch, and in the background); requests
/// wait for as long, none is refused. Any thread; one change at a time.
/// </summary>
internal sealed class ModelSwap(EngineCore core, SchemaChanger schemas, ILogger logger)
{
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);

    /// <exception cref="ArgumentException">It cannot be; the one before serves on.</exception>
    /// <exception cref="InvalidOperationException">Users are still being rebuilt for the change before.</exception>
    public async Task ChangeAsync(SequenceEncoder encoder)
    {
        await _oneAtATime.WaitAsync().ConfigureAwait(false);
        try
        {
            if (encoder.Dimension != core.Options.Dimension)
            {
                throw new ArgumentException(
                    $"the model '{encoder.Bundle.Manifest.Name}' has {encoder.Dimension} dimensions, the item vectors"
                    + $" {core.Options.Dimension}", nameof(encoder));
            }

            var vectors = new BundleLookup(encoder.Bundle.Items);
            if (AreOf(vectors))
            {
                using (await PartitionPause.HoldAsync(core.Partitions).ConfigureAwait(false))
                {
                    PutInPlace(encoder);
                }
            }
            else
            {
                await ChangeSpaceAsync(encoder, vectors).ConfigureAwait(false);
            }

            EngineLog.ModelChanged(logger, encoder.Describe(), core.Schema.Schema.Space);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private async Task ChangeSpaceAsync(SequenceEncoder encoder, BundleLookup vectors)
    {
        using CatalogueChange change = core.Catalogue.BeginChange();
        var staged = new ItemStaging(core, change, vectors);
        ulong generation = staged.StageAll();
        await schemas.ChangeSpaceAsync(async () =>
        {
            core.Encoders.Quiesce();
            if (core.Catalogue.Generation != generation)
            {
                // Put, patched or removed since: a second time, nothing of the first may win over it.
                staged.StageAll();
            }

            await change.PublishAsync().ConfigureAwait(false);
            PutInPlace(encoder);
        }).ConfigureAwait(false);
    }

    private void PutInPlace(SequenceEncoder encoder)
    {
        core.Encoders.Set(encoder);
        foreach (Partition partition in core.Partitions)
        {
            partition.Batch.Parts.Encodings.Clear();
        }
    }

    /// <summary>Every item that the model knows has its vector already.</summary>
    private bool AreOf(BundleLookup vectors)
    {
        using CatalogueLease lease = core.Catalogue.Read();
        for (int row = 0; row < lease.Items.Count; row++)
        {
            if (lease.IsLive(row) && vectors.TryFind(lease.Id(row), out ReadOnlyMemory<float> vector)
                && !lease.Vector(row).SequenceEqual(vector.Span))
            {
                return false;
            }
        }

        return true;
    }
}
