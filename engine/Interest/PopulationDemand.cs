namespace Ebb.Engine.Interest;

/// <summary>
/// Demand for an item on a scale that has no "now": log2 of mass·2^(asOf/h). Differences of it are ratios of demand at
/// any common moment.
/// </summary>
internal readonly record struct PopulationDemand(double BirthLog2)
{
    /// <summary>log2(2^a + 2^b), from the larger so that nothing overflows.</summary>
    public PopulationDemand Plus(double otherLog2)
    {
        double high = Math.Max(BirthLog2, otherLog2);
        double low = Math.Min(BirthLog2, otherLog2);
        return new PopulationDemand(high + Math.Log2(1 + Math.Pow(2, low - high)));
    }
}
