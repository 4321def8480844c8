namespace Ebb.Engine.Diagnostics;

/// <summary>
/// Whether a user's last events are of one taste or of two, one before and one after some moment among them: a Bayes
/// factor of multinomials under a Dirichlet prior, averaged over the moments (DESIGN.md beside this). Where all events
/// are of one taste its mean is 1, so exp(evidence) is at least 1/α in no more than a share α of cases.
/// </summary>
public static class TasteTest
{
    /// <summary>κ: events that a taste is thought to have shown before its first, over all categories alike.</summary>
    public const double Concentration = 2;

    /// <summary>Fewer events say nothing, and neither do those of one moment: NaN.</summary>
    public const int EventCountMin = 8;

    public const int EventCountMax = 128;

    /// <summary>ln of the mean over the moments k of m(before k)·m(from k on)/m(all); NaN: there is none.</summary>
    /// <param name="codes">Categories of the events, oldest first.</param>
    /// <param name="timesMs">Their times; a taste does not change within one.</param>
    /// <param name="codeCount">Categories that there are; no fewer than two, nor than are among the events.</param>
    public static double Evidence(ReadOnlySpan<uint> codes, ReadOnlySpan<long> timesMs, int codeCount)
    {
        int count = codes.Length;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, EventCountMax);
        if (count < EventCountMin)
        {
            return double.NaN;
        }

        Span<int> slots = stackalloc int[count];
        int slotCount = Slots(codes, slots);
        double prior = Concentration / Math.Max(Math.Max(codeCount, 2), slotCount);
        Span<int> counts = stackalloc int[slotCount];
        Span<double> before = stackalloc double[count + 1];
        counts.Clear();
        before[0] = 0;
        for (int index = 0; index < count; index++)
        {
            before[index + 1] = before[index] + Predictive(counts, slots[index], index, prior);
        }

        // From the end: exchangeable, so the same factors in the other order.
        Span<double> factors = stackalloc double[count];
        int factorCount = 0;
        double after = 0;
        double highest = double.NegativeInfinity;
        counts.Clear();
        for (int index = count - 1; index > 0; index--)
        {
            after += Predictive(counts, slots[index], count - 1 - index, prior);
            if (timesMs[index] != timesMs[index - 1])
            {
                double factor = before[index] + after - before[count];
                factors[factorCount++] = factor;
                highest = Math.Max(highest, factor);
            }
        }

        return factorCount == 0 ? double.NaN : LogMean(factors[..factorCount], highest);
    }

    /// <summary>ln of the chance of the next event's category after those counted; counts it.</summary>
    private static double Predictive(Span<int> counts, int slot, int seen, double prior) =>
        Math.Log((counts[slot]++ + prior) / (seen + Concentration));

    private static double LogMean(ReadOnlySpan<double> logs, double highest)
    {
        double sum = 0;
        foreach (double one in logs)
        {
            sum += Math.Exp(one - highest);
        }

        return highest + Math.Log(sum / logs.Length);
    }

    private static int Slots(ReadOnlySpan<uint> codes, Span<int> slots)
    {
        Span<uint> known = stackalloc uint[codes.Length];
        int slotCount = 0;
        for (int index = 0; index < codes.Length; index++)
        {
            int slot = known[..slotCount].IndexOf(codes[index]);
            if (slot < 0)
            {
                slot = slotCount;
                known[slotCount++] = codes[index];
            }

            slots[index] = slot;
        }

        return slotCount;
    }
}
