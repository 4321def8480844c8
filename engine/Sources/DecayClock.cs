namespace Ebb.Engine.Sources;

/// <summary>
/// Forward decay: instead of making old weights smaller, new ones are made larger, 2^((t − origin)/h), so that nothing
/// is touched between events. Exponents count in epochs of 60, which a float holds with room for sums; a weight of an
/// earlier epoch is brought over by 2^−60 an epoch.
/// </summary>
internal sealed class DecayClock(double halfLifeMs)
{
    public const int ExponentsPerEpoch = 60;

    private long _originMs;
    private bool _started;

    public DecayMoment At(long timeMs)
    {
        if (!_started)
        {
            _started = true;
            _originMs = timeMs;
        }

        double exponent = (timeMs - _originMs) / halfLifeMs;
        double epoch = Math.Floor(exponent / ExponentsPerEpoch);
        return new DecayMoment((int)Math.Clamp(epoch, -1e9, 1e9), exponent - (epoch * ExponentsPerEpoch));
    }
}

/// <summary>Exponent is of its epoch: 0 up to 60.</summary>
internal readonly record struct DecayMoment(int Epoch, double Exponent)
{
    /// <summary>The factor that brings a weight of one epoch to another's scale.</summary>
    public static double Carry(int fromEpoch, int toEpoch) =>
        fromEpoch == toEpoch ? 1 : Math.ScaleB(1, (int)Math.Clamp(
            ((long)fromEpoch - toEpoch) * DecayClock.ExponentsPerEpoch, -1000, 1000));

    /// <summary>A unit weight at this moment, on the scale of an epoch that is not earlier.</summary>
    public double Unit(int atEpoch) => Math.Pow(2, Exponent) * Carry(Epoch, atEpoch);
}
