using System.Runtime.CompilerServices;
using Ebb.Kernels.Memory;

namespace Ebb.Kernels.TopK;

/// <summary>
/// From an integer sum to two floats around the exact score. All in fp32: the unit and the product with the sum lose
/// 2^−24 each, so do the last addition and the pad's own; the slack takes 2^−19 of the product and of the error. Units
/// are 2^−100 at least, so nothing underflows. A sum at an end of 16 bits may stand for any beyond it.
/// </summary>
internal readonly struct CodeError
{
    private const float Slack = 1f / (1 << 19);

    private readonly float _unit;
    private readonly float _error;

    public CodeError(in QueryBound query, float scale, float error, float norm)
    {
        double unit = (double)query.Scale * scale;
        double sums = ((double)query.CodeNorm * error) + ((double)query.Lost * norm);
        _unit = (float)unit;
        _error = scale == 0 ? 0 : RoundedNorm.Ceiling(unit * sums * (1 + (2 * Slack)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public CodedRow Row(int index, short sum)
    {
        float near = sum * _unit;
        float pad = _error + (MathF.Abs(near) * Slack);
        float lower = sum == short.MinValue ? float.NegativeInfinity : near - pad;
        float upper = sum == short.MaxValue ? float.PositiveInfinity : near + pad;
        return new CodedRow(index, lower, upper);
    }
}
