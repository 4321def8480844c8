using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;

namespace Ebb.Engine.Batching;

/// <summary>
/// Fetches ahead what the fold of an entry reads: the user's record, the item's vector and its demand. They lie
/// anywhere in memory, and those of a whole batch are more than the near caches hold: fetched as the batch begins, they
/// have left again by their turn. A hint alone. One thread.
/// </summary>
internal sealed class FoldLookAhead(PartitionParts parts)
{
    // Of 3, 7 and 12 the best, measured (bench/results/2026-11-24-wire.md).
    private const int EntriesAhead = 7;

    // Where a record's next event goes stands in its head, which has come by then.
    private const int EventsAhead = 3;

    private const int CacheLineBytes = 64;
    private const int VectorBytesMax = 512;

    /// <summary>Before the first entry of a batch.</summary>
    public void Begin(FoldEntryBuffer entries, CatalogueLease catalogue)
    {
        for (int entry = 0; entry < Math.Min(EntriesAhead, entries.Count); entry++)
        {
            Fetch(entries, entry, catalogue);
        }
    }

    /// <summary>As the entry's turn comes.</summary>
    public void Next(FoldEntryBuffer entries, int entry, CatalogueLease catalogue)
    {
        if (entry + EntriesAhead < entries.Count)
        {
            Fetch(entries, entry + EntriesAhead, catalogue);
        }

        if (entry + EventsAhead < entries.Count && entries.Slots[entry + EventsAhead] is >= 0 and int slot)
        {
            parts.Users.PrefetchNextEvent(slot, parts.Store);
        }
    }

    private void Fetch(FoldEntryBuffer entries, int entry, CatalogueLease catalogue)
    {
        if (entries.Slots[entry] is >= 0 and int slot)
        {
            parts.Users.Prefetch(slot, parts.Store);
        }

        if (entries.Rows[entry] is >= 0 and int row)
        {
            Fetch(catalogue.Vector(row));
            parts.Fold.State.Population.Prefetch((uint)row);
        }
    }

    // Of longer vectors the processor sees the stream by itself.
    private static unsafe void Fetch(ReadOnlySpan<float> vector)
    {
        if (!Sse.IsSupported)
        {
            return;
        }

        // SAFETY: a prefetch touches nothing.
        byte* place = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(vector));
        int bytes = Math.Min(vector.Length * sizeof(float), VectorBytesMax);
        for (int line = 0; line < bytes; line += CacheLineBytes)
        {
            Sse.Prefetch0(place + line);
        }
    }
}
