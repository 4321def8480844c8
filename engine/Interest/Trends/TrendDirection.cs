namespace Ebb.Engine.Interest.Trends;

/// <summary>Where demand goes; by more than twice the error of the rate of now, or it is steady.</summary>
public enum TrendDirection : byte
{
    Steady = 0,
    Rising = 1,
    Falling = 2,
}
