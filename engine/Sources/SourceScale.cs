namespace Ebb.Engine.Sources;

/// <summary>
/// How a source's value x enters the served score: w·(x − mean)/spread = Factor·(x − Mean). A source whose spread is 0
/// is off: its factor is 0.
/// </summary>
internal struct SourceScale
{
    // A spread that is rounding of the mean is none.
    private const double SpreadMin = 1e-9;

    public double Factor;
    public double Mean;

    public static SourceScale Of(double weight, double mean, double spread) => new()
    {
        Mean = mean,
        Factor = spread > SpreadMin * Math.Abs(mean) && spread > 0 ? weight / spread : 0,
    };

    public readonly double Amount(double value) => Factor * (value - Mean);
}
