using System.Runtime.CompilerServices;
using Ebb.Kernels.Memory;

namespace Ebb.Kernels.TopK;

/// <summary>
/// From an integer sum to two floats around the exact score. The unit is exact in double; what multiplying, adding and
/// the bound's own products can lose (some 2^−52 of each) is far below the slack. A sum at an end of 16 bits may stand
/// for any beyond it.
/// </summary>
internal readonly unsafe struct CodeError
{
    private const double Slack = 1.0 / (1L << 40);

    private readonly double _unit;
    private readonly double _error;

    public CodeError(in QueryBound query, TileBounds tile)
    {
        _unit = (double)query.Scale * *tile.Scale;
        double sums = ((double)query.CodeNorm * *tile.Error) + ((double)query.Lost * *tile.Norm);
        _error = *tile.Scale == 0 ? 0 : _unit * sums * (1 + Slack);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public CodedRow Row(int index, short sum)
    {
        double near = sum * _unit;
        double error = _error + (Math.Abs(near) * Slack);
        float lower = sum == short.MinValue ? float.NegativeInfinity : RoundedNorm.Floor(near - error);
        float upper = sum == short.MaxValue ? float.PositiveInfinity : RoundedNorm.Ceiling(near + error);
        return new CodedRow(index, lower, upper);
    }
}
