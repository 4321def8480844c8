using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Log;

namespace Ebb.Engine.Batching;

/// <summary>
/// Vectors by item and version: those of now from a lease, older ones from the catalogue's log, looked up once.
/// </summary>
internal sealed class VersionedVectors
{
    private readonly Dictionary<(uint Row, ulong Version), float[]> _older = [];

    /// <summary>Looks up what these events need and the catalogue of now does not have.</summary>
    public void Prepare(IEnumerable<EventFacts> events, ItemCatalogue catalogue, IEventLog log)
    {
        HashSet<(uint Row, ulong Version)> wanted = [];
        using (CatalogueLease lease = catalogue.Read())
        {
            foreach (EventFacts facts in events)
            {
                if (lease.Version((int)facts.ItemIndex) != facts.ItemVersion)
                {
                    wanted.Add((facts.ItemIndex, facts.ItemVersion));
                }
            }
        }

        wanted.ExceptWith(_older.Keys);
        if (wanted.Count > 0)
        {
            SupersededVectors.Find(log, wanted, _older);
        }
    }

    public bool TryGet(in EventFacts facts, CatalogueLease lease, out ReadOnlySpan<float> vector)
    {
        if (lease.Version((int)facts.ItemIndex) == facts.ItemVersion)
        {
            vector = lease.Vector((int)facts.ItemIndex);
            return true;
        }

        bool isFound = _older.TryGetValue((facts.ItemIndex, facts.ItemVersion), out float[]? older);
        vector = older;
        return isFound;
    }
}
