using Ebb.Engine.Ranking;

namespace Ebb.Engine.Experiments.Shadows;

/// <summary>Counts of one shadow. Dropped by any thread, the rest under its lock.</summary>
internal sealed class ShadowTally
{
    private readonly Lock _gate = new();
    private readonly long[] _served = new long[(int)ListDecision.Popular + 1];
    private readonly long[] _made = new long[(int)ListDecision.Popular + 1];
    private long _compared;
    private long _same;
    private long _stale;
    private long _dropped;
    private double _overlap;
    private double _overlapSquares;
    private double _rankBiased;

    public void Drop() => Interlocked.Increment(ref _dropped);

    public void Stale() => Interlocked.Increment(ref _stale);

    public void Compare(ShadowSample sample, ReadOnlySpan<int> made, ListDecision decision)
    {
        double overlap = ListOverlap.AtK(sample.Shown, made);
        double rankBiased = ListOverlap.RankBiased(sample.Shown, made);
        lock (_gate)
        {
            _compared++;
            _same += made.SequenceEqual(sample.Shown) ? 1 : 0;
            _overlap += overlap;
            _overlapSquares += overlap * overlap;
            _rankBiased += rankBiased;
            _served[(int)sample.Decision]++;
            _made[(int)decision]++;
        }
    }

    public ShadowReport Report(Shadow shadow)
    {
        lock (_gate)
        {
            double mean = _overlap / _compared;
            return new ShadowReport(shadow.Policy, shadow.Sample)
            {
                Compared = _compared,
                Dropped = Interlocked.Read(ref _dropped),
                Stale = Interlocked.Read(ref _stale),
                Overlap = mean,
                OverlapError = _compared < 2
                    ? double.NaN
                    : Math.Sqrt(Math.Max(0, (_overlapSquares / _compared) - (mean * mean)) / (_compared - 1)),
                RankBiased = _rankBiased / _compared,
                Same = _same,
                ServedDecisions = [.. _served],
                ShadowDecisions = [.. _made],
            };
        }
    }
}
