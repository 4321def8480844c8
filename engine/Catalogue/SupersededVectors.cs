using Ebb.Engine.Log;

namespace Ebb.Engine.Catalogue;

/// <summary>
/// Vectors that items had before they were put again, looked up in the catalogue's retained log. A pass over that log:
/// for the rare request that must know what was folded long ago.
/// </summary>
internal static class SupersededVectors
{
    /// <summary>Adds those of the wanted (row, version) that the log still holds.</summary>
    public static void Find(
        IEventLog log, IReadOnlySet<(uint Row, ulong Version)> wanted,
        Dictionary<(uint Row, ulong Version), float[]> found)
    {
        const ushort partition = IEventLog.CataloguePartition;
        var open = new Dictionary<ulong, Dictionary<uint, float[]>>();
        HashSet<uint> rows = [.. wanted.Select(key => key.Row)];
        using IEventLogReader reader = log.ReadFrom(partition, log.FirstSequence(partition));
        while (reader.MoveNext())
        {
            if (!CatalogueEntry.TryRead(reader.Payload, out CatalogueEntry entry))
            {
                continue;
            }

            if (entry.Kind == CatalogueEntryKind.Put && rows.Contains((uint)entry.Row))
            {
                float[] vector = new float[entry.Dimension];
                entry.ReadVector(vector);
                if (!open.TryGetValue(entry.Change, out Dictionary<uint, float[]>? puts))
                {
                    open[entry.Change] = puts = [];
                }

                puts[(uint)entry.Row] = vector;
            }
            else if (entry.Kind == CatalogueEntryKind.Commit && open.Remove(entry.Change, out var shown))
            {
                ulong generation = entry.Generation;
                foreach (KeyValuePair<uint, float[]> put in shown)
                {
                    if (wanted.Contains((put.Key, generation)))
                    {
                        found[(put.Key, generation)] = put.Value;
                    }
                }
            }
        }
    }
}
