using Ebb.Engine.Catalogue;
using Ebb.Engine.Sources;

namespace Ebb.Engine.Graph.Live;

/// <summary>
/// Makes edges of what the population's neighbours say now: the strongest links of every item. One sweep at a time;
/// asked by anyone, or by its own clock.
/// </summary>
internal sealed class EdgeLearner(EngineCore core, LiveGraphOptions options) : IDisposable
{
    /// <summary>Rows looked at under one lease.</summary>
    private const int SliceRowCount = 4096;

    private readonly SemaphoreSlim _oneAtATime = new(1);
    private ITimer? _timer;
    private bool _isStopped;

    public void Start()
    {
        if (options.LearnEvery > TimeSpan.Zero)
        {
            _timer = core.Options.Clock.CreateTimer(
                _ => _ = LearnQuietlyAsync(), null, options.LearnEvery, options.LearnEvery);
        }
    }

    /// <summary>Without learned neighbours the edges learned before stay as they are.</summary>
    public async Task<GraphReply> LearnAsync()
    {
        await _oneAtATime.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_isStopped || core.Sources.Tables?.Neighbours is not { } neighbours)
            {
                return new GraphReply([], core.Catalogue.Generation, core.Catalogue.GraphCounts);
            }

            return await Task.Run(() => core.Catalogue.LearnEdges(Links(neighbours)) with { IsLearning = true })
                .ConfigureAwait(false);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>Waits for the sweep under way; none comes after it.</summary>
    public async Task StopAsync()
    {
        _timer?.Dispose();
        await _oneAtATime.WaitAsync().ConfigureAwait(false);
        _isStopped = true;
        _oneAtATime.Release();
    }

    public void Dispose() => _timer?.Dispose();

    private async Task LearnQuietlyAsync()
    {
        try
        {
            await LearnAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is CatalogueRefusedException or ObjectDisposedException)
        {
            // The log is stopped or the engine goes down: the next change is told.
        }
    }

    private Dictionary<(int, int), float> Links(LinkTable neighbours)
    {
        var links = new Dictionary<(int, int), float>();
        Span<SourceLink> best = stackalloc SourceLink[LinkRow.PublishedCountMax];
        for (int row = 0, end = 1; row < end;)
        {
            using CatalogueLease lease = core.Catalogue.Read();
            end = lease.Items.Count;
            for (int sliceEnd = Math.Min(end, row + SliceRowCount); row < sliceEnd; row++)
            {
                if (lease.IsLive(row) && neighbours.Find((uint)row) is { } link)
                {
                    Add(links, row, best[..Math.Min(link.Copy(best), options.LearnCount)], lease);
                }
            }
        }

        return links;
    }

    private void Add(
        Dictionary<(int, int), float> links, int row, ReadOnlySpan<SourceLink> best, CatalogueLease lease)
    {
        foreach (SourceLink link in best)
        {
            int other = (int)link.Item;
            (int, int) key = (Math.Min(row, other), Math.Max(row, other));
            if (link.Value >= options.LearnFrom && lease.IsLive(other) && link.Value > links.GetValueOrDefault(key))
            {
                links[key] = link.Value;
            }
        }
    }
}
