using System.Runtime.CompilerServices;

namespace Ebb.Kernels.TopK;

/// <summary>
/// From an integer sum to two floats around the exact score. All in fp32, where each step loses 2^−24 at most: seven on
/// the way to the error, whose slack is 2^−17; two in the unit's product with the sum, one in the pad and one in the
/// last addition, for which the pad has 2^−19 of the product and what the error's own slack leaves. Units are 2^−100
/// at least, so nothing underflows. A sum at an end of 16 bits may stand for any beyond it.
/// </summary>
internal readonly struct CodeError
{
    private const float Slack = 1f / (1 << 19);

    private readonly float _unit;
    private readonly float _error;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public CodeError(in QueryBound query, float scale, float error, float norm)
    {
        _unit = query.Scale * scale;
        _error = _unit * ((query.CodeNorm * error) + (query.Lost * norm) + query.Cut) * (1 + (4 * Slack));
    }

    /// <summary>At most the score of a row with that sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Lower(int sum)
    {
        float near = sum * _unit;
        return sum == short.MinValue ? float.NegativeInfinity : near - (_error + (MathF.Abs(near) * Slack));
    }

    /// <summary>At least the score of a row with that sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Upper(int sum)
    {
        float near = sum * _unit;
        return sum == short.MaxValue ? float.PositiveInfinity : near + (_error + (MathF.Abs(near) * Slack));
    }
}
