using Ebb.Kernels.Memory;

namespace Ebb.Engine.Catalogue;

/// <summary>
/// Vectors that items were put with, of the rows that the graph has given another: what it starts from the next time.
/// All zeros: put without one. Changed with the gate closed.
/// </summary>
internal sealed class OwnVectors
{
    private readonly Dictionary<int, float[]> _byRow = [];

    /// <summary>Rows that show what the graph gave them.</summary>
    public int Count => _byRow.Count;

    /// <summary>The row's own vector: the one set aside, else the one that it shows.</summary>
    public ReadOnlySpan<float> Of(int row, ItemMatrix matrix) =>
        _byRow.TryGetValue(row, out float[]? own) ? own : matrix.Row(row);

    /// <summary>Empty where the row shows its own.</summary>
    public ReadOnlySpan<float> Aside(int row) => _byRow.GetValueOrDefault(row);

    /// <summary>Empty: the row shows its own from here on.</summary>
    public void Set(int row, ReadOnlySpan<float> own)
    {
        if (!own.IsEmpty)
        {
            _byRow[row] = own.ToArray();
        }
        else if (_byRow.Count > 0)
        {
            _byRow.Remove(row);
        }
    }
}
