using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Ebb.Engine.Privacy;

/// <summary>
/// The Laplace mechanism on a grid (Ghosh, Roughgarden and Sundararajan 2009: the two-sided geometric distribution):
/// value and noise are whole numbers of steps of scale/2^20, so that the low bits of a double tell nothing of the value
/// (Mironov 2012). Randomness is the system's cryptographic one. One thread.
/// </summary>
internal sealed class LaplaceNoise(double scale)
{
    /// <summary>
    /// Rounding moves a value by half a step at most, which adds 2^−20 to ε for each figure that a user is in.
    /// </summary>
    private const double StepsPerScale = 1 << 20;

    private const int DrawBytes = 8;

    private readonly double _step = scale / StepsPerScale;
    private readonly byte[] _random = new byte[8192];
    private int _used = 8192;

    /// <summary>b = sensitivity/ε; the variance of the noise is 2b².</summary>
    public double Scale => scale;

    public double Add(double value)
    {
        long noise = Geometric() - Geometric();
        return (Math.Round(value / _step) + noise) * _step;
    }

    // Failures before a success where P(failure) = e^(−1/2^20): ⌊−ln U·2^20⌋ with U in (0, 1], of 53 bits.
    private long Geometric()
    {
        if (_used == _random.Length)
        {
            RandomNumberGenerator.Fill(_random);
            _used = 0;
        }

        ulong bits = BinaryPrimitives.ReadUInt64LittleEndian(_random.AsSpan(_used)) >> 11;
        CryptographicOperations.ZeroMemory(_random.AsSpan(_used, DrawBytes));
        _used += DrawBytes;
        double uniform = (bits + 1) / (double)(1UL << 53);
        return (long)(-Math.Log(uniform) * StepsPerScale);
    }
}
