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
    private const int SliceRowCount = 1024;

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
        ulong upTo = Stage(change, vectors, newerThan: null);
        await schemas.ChangeSpaceAsync(async () =>
        {
            core.Encoders.Quiesce();

            // What was put since it was staged.
            Stage(change, vectors, upTo);
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

    /// <summary>
    /// Live items whole as they are, with the model's vector; without one where the model does not know them.
    /// </summary>
    /// <returns>The generation that was read.</returns>
    private ulong Stage(CatalogueChange change, BundleLookup vectors, ulong? newerThan)
    {
        float[] none = new float[core.Options.Dimension];
        var slice = new List<ItemPut>(SliceRowCount);
        ulong oldest = ulong.MaxValue;
        for (int start = 0, end = SliceRowCount; end == start + SliceRowCount; start = end)
        {
            slice.Clear();
            using (CatalogueLease lease = core.Catalogue.Read())
            {
                oldest = Math.Min(oldest, lease.Generation);
                end = Math.Min(start + SliceRowCount, lease.Items.Count);
                for (int row = start; row < end; row++)
                {
                    if (lease.IsLive(row) && (newerThan is not { } known || lease.Version(row) > known))
                    {
                        bool isKnown = vectors.TryFind(lease.Id(row), out ReadOnlyMemory<float> vector);
                        slice.Add(Copy(lease, row, isKnown ? vector : none));
                    }
                }
            }

            foreach (ItemPut item in slice)
            {
                if (change.Put(item) is not EntryStatus.Ok and var status)
                {
                    throw new ArgumentException($"the item '{item.Id}' cannot get the model's vector: {status}");
                }
            }
        }

        return oldest;
    }

    private static ItemPut Copy(CatalogueLease lease, int row, ReadOnlyMemory<float> vector) =>
        new(new OpaqueId(lease.Id(row).ToArray()), vector)
        {
            Category = lease.Category(row),
            Brand = lease.Brand(row),
            Merchant = lease.Merchant(row),
            Tags = lease.Tags(row),
            InStock = lease.InStock(row),
        };
}
