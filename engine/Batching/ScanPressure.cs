using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;

namespace Ebb.Engine.Batching;

/// <summary>
/// How long a list would wait for the scan thread, and what is left out when that is too long: first the encoder, then
/// fresh scans of users whose kept candidates can be scored instead, then requests. The wait is lists under way × the
/// pace of the last scans; how much of it is allowed follows what lists really took (<see cref="WaitSteering"/>). Any
/// thread; no lock: a reading may be one batch old.
/// </summary>
internal sealed class ScanPressure(TimeSpan waitMax, long ticksPerSecond)
{
    /// <summary>Weight of the last batch in the pace.</summary>
    private const double Smoothing = 0.3;

    /// <summary>
    /// So many lists at once are begun whatever the steering says: one scan serves them all, so fewer would lose work
    /// and gain little time. Only the bound itself refuses them.
    /// </summary>
    private const int UnderWayMin = 32;

    private readonly double _waitMaxMs = waitMax.TotalMilliseconds;
    private readonly WaitSteering _steering = new(waitMax, ticksPerSecond);
    private int _admitted;
    private int _waiting;
    private double _listMs;

    /// <summary>Scans of this engine come here, and how long they take is known.</summary>
    public bool HasPace => ListMs > 0;

    /// <summary>The pace: of one list, at the last scans.</summary>
    public double ListMs => Volatile.Read(ref _listMs);

    public double WaitMs => UnderWay * ListMs;

    /// <summary>A quarter of the bound: lists are not read by the encoder any more.</summary>
    public bool IsPressed => WaitMs > BoundMs / 4;

    /// <summary>Half of the bound: what can be left out is.</summary>
    public bool IsShedding => WaitMs > BoundMs / 2;

    private int UnderWay => Volatile.Read(ref _waiting) + Volatile.Read(ref _admitted);

    private double BoundMs => _waitMaxMs * _steering.Share;

    /// <summary>The bound, for a list that waits that long before it comes here, ms: no more lists are begun.</summary>
    public bool IsFullBehind(double queuedMs)
    {
        double listMs = ListMs;
        int underWay = UnderWay;
        double waitMs = (underWay * listMs) + queuedMs;
        return listMs > 0
            && (waitMs > _waitMaxMs || (waitMs > BoundMs && underWay >= UnderWayMin));
    }

    /// <summary>
    /// Lists that go to their partition's queue, and out of it again (less than none) once their batch has run: what
    /// comes in one burst is counted before it comes to the scans.
    /// </summary>
    public void Admitted(int listCount) => Interlocked.Add(ref _admitted, listCount);

    /// <summary>Lists made beside the scan thread: the clock is read only where scans come there too.</summary>
    public void Answered(List<ListJob> lists, TimeProvider clock)
    {
        if (HasPace)
        {
            Answered(lists, clock.GetTimestamp());
        }
    }

    /// <summary>Lists that are answered at a moment: what they really took steers the bound.</summary>
    public void Answered(List<ListJob> lists, long now)
    {
        int late = 0;
        foreach (ListJob job in lists)
        {
            late += _steering.IsLate(now - job.Request.SubmittedAt) ? 1 : 0;
        }

        _steering.Answered(lists.Count, late, now);
    }

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
