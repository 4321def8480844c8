using Ebb.Engine.Catalogue;
using Ebb.Engine.Graph.Live;

namespace Ebb.Engine.Tests.Catalogue;

/// <summary>
/// Random puts, removals, patches, publishes and drops over a few ids, with up to three changes open at once; remembers
/// what the catalogue looked like after each publish and every vector that was ever published.
/// </summary>
internal sealed class CatalogueScript(Random random, bool withGraph = false)
{
    private const int IdCount = 25;

    private readonly List<CatalogueChange> _open = [];

    /// <summary>By the log's tail right after a publish: all that a caller could see then.</summary>
    public SortedDictionary<ulong, string> States { get; } = [];

    public Dictionary<(int Index, ulong Version), float[]> Vectors { get; } = [];

    public async Task RunAsync(ItemCatalogue catalogue, int stepCount)
    {
        for (int step = 0; step < stepCount; step++)
        {
            await StepAsync(catalogue);
        }
    }

    /// <summary>What the state was at the last publish that the log holds.</summary>
    public string StateAt(ulong tail) => States.Last(state => state.Key <= tail).Value;

    /// <summary>After a crash: the open changes are gone, and so are states past the cut.</summary>
    public void Crash(ulong tail)
    {
        _open.Clear();
        foreach (ulong lost in States.Keys.Where(key => key > tail).ToArray())
        {
            States.Remove(lost);
        }
    }

    public void Remember(ItemCatalogue catalogue)
    {
        States[catalogue.LogTail] = CatalogueFixture.Describe(catalogue);
        using CatalogueLease lease = catalogue.Read();
        for (int row = 0; row < lease.Items.Count; row++)
        {
            if (lease.Version(row) == lease.Generation)
            {
                Vectors[(row, lease.Version(row))] = lease.Vector(row).ToArray();
            }
        }
    }

    private async Task StepAsync(ItemCatalogue catalogue)
    {
        if (_open.Count == 0 || (_open.Count < 3 && random.Next(12) == 0))
        {
            _open.Add(catalogue.BeginChange());
        }

        if (withGraph && random.Next(3) == 0)
        {
            await catalogue.PutEdgesAsync([.. Enumerable.Range(0, random.Next(4)).Select(_ => RandomEdge())]);
            Remember(catalogue);
        }

        CatalogueChange change = _open[random.Next(_open.Count)];
        switch (random.Next(17))
        {
            case 0:
                change.Dispose();
                _open.Remove(change);
                break;
            case 1:
                await change.PublishAsync();
                _open.Remove(change);
                Remember(catalogue);
                break;
            case <= 4:
                change.Remove(RandomId());
                break;
            case >= 14:
                change.Patch(CatalogueFixture.RandomPatch(random, RandomId()));
                break;
            default:
                ItemPut item = CatalogueFixture.RandomItem(random, RandomId());
                change.Put(withGraph && random.Next(3) == 0 ? item with { Vector = default } : item);
                break;
        }
    }

    /// <summary>Between items, or from one to a brand; new, changed, gone or odd.</summary>
    private GraphEdge RandomEdge()
    {
        GraphEnd to = random.Next(2) == 0
            ? GraphEnd.Item(RandomId())
            : new GraphEnd("brand", "brand-" + random.Next(1, 5));
        return new GraphEdge(
            random.Next(9) == 0 ? "colour" : to.Kind == "brand" ? "brand" : "together",
            GraphEnd.Item(RandomId()), to, random.Next(4) == 0 ? 0 : random.Next(1, 4));
    }

    private string RandomId() => $"id-{random.Next(IdCount)}";
}
