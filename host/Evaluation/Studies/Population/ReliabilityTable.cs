using System.Globalization;

namespace Ebb.Evaluation.Studies.Population;

/// <summary>
/// Told probabilities against what came true, in ten bins of equal width. The calibration error is Σ |told − came true|
/// over the bins, each weighted by its share of the forecasts (the expected calibration error).
/// </summary>
internal sealed class ReliabilityTable
{
    private const int BinCount = 10;

    private readonly int[] _counts = new int[BinCount];
    private readonly double[] _told = new double[BinCount];
    private readonly int[] _hits = new int[BinCount];

    public int Count => _counts.Sum();

    public int Hits => _hits.Sum();

    public double Error
    {
        get
        {
            double sum = 0;
            for (int bin = 0; bin < BinCount; bin++)
            {
                sum += Math.Abs(_told[bin] - _hits[bin]);
            }

            return sum / Math.Max(1, Count);
        }
    }

    public void Add(double told, bool isHit)
    {
        int bin = Math.Clamp((int)(told * BinCount), 0, BinCount - 1);
        _counts[bin]++;
        _told[bin] += told;
        _hits[bin] += isHit ? 1 : 0;
    }

    /// <summary>Bins that hold anything: range, forecasts, told, came true.</summary>
    public IEnumerable<string[]> Rows() => Enumerable.Range(0, BinCount).Where(bin => _counts[bin] > 0)
        .Select(bin => new[]
        {
            string.Create(CultureInfo.InvariantCulture, $"told {bin / 10.0:0.0} to {(bin + 1) / 10.0:0.0}"),
            _counts[bin].ToString("N0", CultureInfo.InvariantCulture),
            (_told[bin] / _counts[bin]).ToString("0.000", CultureInfo.InvariantCulture),
            ((double)_hits[bin] / _counts[bin]).ToString("0.000", CultureInfo.InvariantCulture),
        });
}
