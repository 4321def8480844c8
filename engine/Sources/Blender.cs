using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest.Lifecycle;
using Ebb.Engine.Ranking;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;

namespace Ebb.Engine.Sources;

/// <summary>
/// The served score Σ_s w_s·(x_s − mean_s)/spread_s, and its exact top-K without a pass per source: every item that no
/// sparse source touches ranks as its dot product does, so the touched ones are scored one by one, and the scan leaves
/// them out and brings K more: those alone that reach what the K-th of the touched has. Scratch is reused; one thread
/// at a time, within a lease.
/// </summary>
internal sealed class Blender(
    IKernelBackend backend, BlendInputs inputs, int dimension)
{
    private readonly SourceReader _reader = new();
    private readonly float[] _nothing = new float[dimension];
    private int[] _rows = [];
    private int[] _phases = [];
    private float[] _dots = [];

    /// <summary>Before the scan: what the sparse sources say, the scales, and what the scan is to leave out.</summary>
    public void Prepare(ListJob job, CatalogueLease lease)
    {
        SourcePolicy policy = job.Policy.Policy.Sources;
        ListBlend blend = job.Blend ??= new ListBlend();
        _reader.Read(job.Recent.AsSpan(0, job.RecentCount), policy, inputs.Sources.Tables, lease, blend.Touched);
        blend.Standardise(policy, job.RecentMass(), lease.ItemCount);
        blend.Moments = inputs.Spread.Of(lease);
        DenseFold.Apply(job, blend, policy);
        blend.Phases.Read(job.Phases, job.Policy.Policy.Lifecycle, lease.CategoryCodes);
        blend.Migration.Read(job, inputs.Flows, lease);
        blend.Phases.ReadRules(lease.Weights, job.Request.Filter.Segment);
        TouchItemsWithPhases(job, lease);
        if (job.Path != ListPath.Scan)
        {
            return;
        }

        // θ is for the served score and is applied to it; with the vector off every untouched item is equal, and the
        // lowest indices are the best of them.
        blend.SetExcluded(lease.Excluded(job.Request.Filter));
        job.Scan.Excluded = blend.Excluded;
        job.Scan.Query = blend.Dense.Factor > 0 ? blend.DenseQuery : _nothing;
        job.Scan.Bias = blend.Phases.ScanBias(blend.Dense.Factor, blend.Migration.Amounts);
        blend.Best.Begin(job.Scan.K);
        OfferTouched(job, lease);
        job.Scan.ScoreMin = ScanScoreMin(job);
    }

    /// <summary>After the scan: its results become the blend's.</summary>
    public void MergeScanned(ListJob job, CatalogueLease lease)
    {
        TopKRequest scan = job.Scan;
        ListBlend blend = job.Blend!;
        EnsureScratch(scan.Count);
        for (int index = 0; index < scan.Count; index++)
        {
            _rows[index] = scan.Results[index].Index;
            _dots[index] = scan.Results[index].Score;
        }

        Span<float> dots = _dots.AsSpan(0, scan.Count);
        if (scan.Bias is not null)
        {
            // The scan's scores hold the bias, rounded: as dot products they go through the arithmetic of the others.
            backend.Score(lease.Items, blend.DenseQuery, _rows.AsSpan(0, scan.Count), dots);
        }

        OfferUntouched(job, scan.Count);
        scan.Count = blend.Best.Take(scan.Results);
        scan.Bias = null;
    }

    /// <summary>The kept candidates with the touched of now, blended afresh, as if a scan had brought them.</summary>
    public void MergeKept(ListJob job, ReadOnlySpan<int> kept, CatalogueLease lease)
    {
        ListBlend blend = job.Blend!;
        ItemBitmap filtered = lease.Excluded(job.Request.Filter);
        blend.SetExcluded(filtered);
        EnsureScratch(kept.Length);
        int count = 0;
        foreach (int row in kept)
        {
            if (!blend.Excluded[row])
            {
                _rows[count++] = row;
            }
        }

        backend.Score(lease.Items, blend.DenseQuery, _rows.AsSpan(0, count), _dots.AsSpan(0, count));
        TopKRequest scan = job.Scan;
        if (scan.Results.Length < kept.Length)
        {
            scan.Results = new ScoredItem[kept.Length];
        }

        blend.Best.Begin(kept.Length);
        OfferUntouched(job, count);
        OfferTouched(job, lease);
        scan.Count = blend.Best.Take(scan.Results);
    }

    /// <summary>
    /// Items with a phase of their own (at most L) leave the scan, whose bias knows categories alone.
    /// </summary>
    private static void TouchItemsWithPhases(ListJob job, CatalogueLease lease)
    {
        foreach (ref readonly PhaseBook.Entry entry in job.Phases.Entries)
        {
            int row = (int)entry.Code;
            if (entry.Subject == PhaseSubject.Item && row < lease.Items.Count && lease.IsLive(row))
            {
                job.Blend!.Touched.Touch(row);
            }
        }
    }

    /// <summary>
    /// What an untouched item's dot product and bias must reach for the item to be in the list: its score is
    /// Factor·(dot + bias − Mean) + Untouched, and that must reach the K-th of the touched, and θ. What rounds on the
    /// way (dot product, bias and their sum to fp32, a relative 2^−24 each, and the double arithmetic of both sides) is
    /// less than a relative 2^−20 of all the terms together, which is given away.
    /// </summary>
    private static float ScanScoreMin(ListJob job)
    {
        ListBlend blend = job.Blend!;
        double least = Math.Max(blend.Best.Threshold, job.Policy.Policy.ScoreMin ?? double.NegativeInfinity);
        double factor = blend.Dense.Factor;
        if (!(factor > 0) || double.IsNegativeInfinity(least))
        {
            return float.NegativeInfinity;
        }

        double bound = ((least - blend.Untouched) / factor) + blend.Dense.Mean;
        double terms = ((Math.Abs(least) + Math.Abs(blend.Untouched)) / factor) + Math.Abs(blend.Dense.Mean)
            + LargestBias(job.Scan.Bias);
        double safe = bound - (terms * Math.ScaleB(1, -20));
        return safe > float.MaxValue || double.IsNaN(safe) ? float.NegativeInfinity : MathF.BitDecrement((float)safe);
    }

    // Of those that stop nothing: what is stopped need not pass.
    private static float LargestBias(RowBias? bias)
    {
        float largest = 0;
        foreach (float amount in bias?.Biases ?? [])
        {
            largest = Math.Abs(amount) < RowBias.Max ? Math.Max(largest, Math.Abs(amount)) : largest;
        }

        return largest;
    }

    // Rows and their dot products stand in the scratch.
    private void OfferUntouched(ListJob job, int count)
    {
        ListBlend blend = job.Blend!;
        for (int index = 0; index < count; index++)
        {
            Offer(job, _rows[index], -1, blend.Dense.Amount(_dots[index]) + blend.Untouched);
        }
    }

    private void OfferTouched(ListJob job, CatalogueLease lease)
    {
        ListBlend blend = job.Blend!;
        ItemBitmap filtered = lease.Excluded(job.Request.Filter);
        ReadOnlySpan<int> rows = blend.Touched.Rows;
        EnsureScratch(rows.Length);
        backend.Score(lease.Items, blend.DenseQuery, rows, _dots.AsSpan(0, rows.Length));
        Span<int> phases = PhasesByPlace(blend);
        for (int place = 0; place < rows.Length; place++)
        {
            if (!filtered[rows[place]])
            {
                int phase = phases[place] - 1;
                Offer(job, rows[place], phase, blend.Dense.Amount(_dots[place]) + blend.SparseAt(place));
            }
        }
    }

    // Items with a phase are all touched: for each touched place which of them it is, plus one. Looked up once an item
    // with a phase, where asking each touched item would be some sixty thousand comparisons.
    private Span<int> PhasesByPlace(ListBlend blend)
    {
        int count = blend.Touched.Count;
        if (_phases.Length < count)
        {
            _phases = new int[Math.Max(count, TouchedItems.RowCountMax)];
        }

        Span<int> phases = _phases.AsSpan(0, count);
        phases.Clear();
        for (int item = 0; item < blend.Phases.ItemCount; item++)
        {
            int place = blend.Touched.Find(blend.Phases.ItemRow(item));
            if (place >= 0)
            {
                phases[place] = item + 1;
            }
        }

        return phases;
    }

    private void Offer(ListJob job, int row, int phase, double score)
    {
        ListPhases phases = job.Blend!.Phases;
        if (phases.IsOn)
        {
            double bias = phases.Of(row, phase);
            if (double.IsNaN(bias))
            {
                return;
            }

            score += bias;
        }

        score += job.Blend.Migration.Of(row);
        if (job.Policy.Policy.ScoreMin is not { } least || score >= least)
        {
            job.Blend.Best.Offer(row, score);
        }
    }

    private void EnsureScratch(int count)
    {
        if (_rows.Length < count)
        {
            _rows = new int[count];
            _dots = new float[count];
        }
    }
}
