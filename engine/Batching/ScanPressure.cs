using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;

namespace Ebb.Engine.Batching;

/// <summary>
/// How long a list would wait for the scan thread, and what is left out when that is too long: first the encoder, then
/// fresh scans of users whose kept candidates can be scored instead, then requests. The wait is lists waiting × the
/// pace of the last scans. Any thread; no lock: a reading may be one batch old.
/// </summary>
internal sealed class ScanPressure(TimeSpan waitMax)
{
    /// <summary>Weight of the last batch in the pace.</summary>
    private const double Smoothing = 0.3;

    private readonly double _waitMaxMs = waitMax.TotalMilliseconds;
    private int _waiting;
    private double _listMs;

    public double WaitMs => Volatile.Read(ref _waiting) * Volatile.Read(ref _listMs);

    /// <summary>A quarter of the bound: lists are not read by the encoder any more.</summary>
    public bool IsPressed => WaitMs > _waitMaxMs / 4;

    /// <summary>Half of the bound: what can be left out is.</summary>
    public bool IsShedding => WaitMs > _waitMaxMs / 2;

    /// <summary>The bound, for a list that waits that long before it comes here, ms: no more lists are begun.</summary>
    public bool IsFullBehind(double queuedMs) =>
        Volatile.Read(ref _listMs) > 0 && WaitMs + queuedMs > _waitMaxMs;

    public void Came(int listCount) => Interlocked.Add(ref _waiting, listCount);

    /// <summary>Lists that were scanned together, and how long that took.</summary>
    public void Scanned(int listCount, double elapsedMs)
    {
        double each = elapsedMs / listCount;
        double before = Volatile.Read(ref _listMs);
        Volatile.Write(ref _listMs, before == 0 ? each : before + (Smoothing * (each - before)));
        Interlocked.Add(ref _waiting, -listCount);
    }

    /// <summary>
    /// Under pressure a planned scan becomes a new scoring of the kept candidates, where there are some that answer for
    /// this request; the answer says so. The reference of drift stays, so the scan is made once there is time.
    /// </summary>
    public void Shed(ListJob job, CatalogueLease catalogue)
    {
        if (IsShedding && job.Path == ListPath.Scan && job.Kept is { Candidates.Length: > 0 } kept
            && ListPlanner.CandidatesStand(job, kept, catalogue))
        {
            (job.Path, job.Decision) = (ListPath.KeptCandidates, ListDecision.Keep);
            job.Request.ScanLeftOut = true;
        }
    }
}
