using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ebb.Engine.Graph.Live;

/// <summary>
/// The vectors of one kind's nodes, by id, for an exact scan in double: eight nodes beside each other, so that each sum
/// runs over the dimensions in their order. Immutable; any thread.
/// </summary>
internal sealed class KindTable
{
    private const int Lanes = 8;

    private readonly int _dimension;
    private readonly OpaqueId[] _ids;
    private readonly float[] _blocks;

    /// <param name="nodes">With vectors of this dimension.</param>
    public KindTable(int dimension, IEnumerable<(OpaqueId Id, float[] Vector)> nodes)
    {
        (OpaqueId Id, float[] Vector)[] sorted = [.. nodes.OrderBy(node => node.Id)];
        _dimension = dimension;
        _ids = [.. sorted.Select(node => node.Id)];
        _blocks = new float[(sorted.Length + Lanes - 1) / Lanes * Lanes * dimension];
        for (int row = 0; row < sorted.Length; row++)
        {
            int start = (row / Lanes * Lanes * dimension) + (row % Lanes);
            for (int d = 0; d < dimension; d++)
            {
                _blocks[start + (d * Lanes)] = sorted[row].Vector[d];
            }
        }
    }

    public int Count => _ids.Length;

    public OpaqueId Id(int row) => _ids[row];

    /// <summary>Dot products in double, dimensions in their order, of all rows.</summary>
    /// <param name="query">D floats.</param>
    /// <param name="scores">Gets <see cref="Count"/> sums.</param>
    public void Score(ReadOnlySpan<float> query, Span<double> scores)
    {
        Span<double> block = stackalloc double[Lanes];
        for (int row = 0; row < _ids.Length; row += Lanes)
        {
            ScoreBlock(query, _blocks.AsSpan(row * _dimension, Lanes * _dimension), block);
            block[..Math.Min(Lanes, _ids.Length - row)].CopyTo(scores[row..]);
        }
    }

    // Multiply, then add, lane by lane: the same bits as a loop over one node.
    private static void ScoreBlock(ReadOnlySpan<float> query, ReadOnlySpan<float> lanes, Span<double> sums)
    {
        Vector128<double> first = default;
        Vector128<double> second = default;
        Vector128<double> third = default;
        Vector128<double> fourth = default;
        ReadOnlySpan<Vector128<float>> quads = MemoryMarshal.Cast<float, Vector128<float>>(lanes);
        for (int d = 0; d < query.Length; d++)
        {
            Vector128<double> element = Vector128.Create((double)query[d]);
            (Vector128<double> a, Vector128<double> b) = Vector128.Widen(quads[2 * d]);
            (Vector128<double> c, Vector128<double> e) = Vector128.Widen(quads[(2 * d) + 1]);
            first += element * a;
            second += element * b;
            third += element * c;
            fourth += element * e;
        }

        first.CopyTo(sums);
        second.CopyTo(sums[2..]);
        third.CopyTo(sums[4..]);
        fourth.CopyTo(sums[6..]);
    }
}
