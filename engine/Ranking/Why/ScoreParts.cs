using Ebb.Engine.Interest;
using Ebb.Engine.Sources;

namespace Ebb.Engine.Ranking.Why;

/// <summary>A score taken apart. Reused by whoever takes it apart; valid until the next time.</summary>
internal sealed class ScoreParts
{
    public const int SourceCount = (int)SourceKind.Encoder + 1;

    /// <summary>By kind; NaN: off.</summary>
    public double[] Sources { get; } = new double[SourceCount];

    /// <summary>By place among the recent events, newest first; NaN: the item has another vector by now.</summary>
    public double[] Events { get; } = new double[MemorySchema.RecentEventCountMax];

    /// <summary>What is left of the vector source.</summary>
    public double Older { get; set; }

    /// <summary>The sum of the sources that are on.</summary>
    public double Score
    {
        get
        {
            double sum = 0;
            foreach (double amount in Sources)
            {
                sum += double.IsNaN(amount) ? 0 : amount;
            }

            return sum;
        }
    }
}
