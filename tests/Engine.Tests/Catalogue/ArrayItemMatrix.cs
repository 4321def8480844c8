using Ebb.Kernels.Memory;
using Xunit;

namespace Ebb.Engine.Tests.Catalogue;

/// <summary>Rows in arrays, charged to the budget one by one, so that a test can fill it to the row.</summary>
internal sealed class ArrayItemMatrix(int dimension, MemoryBudget budget) : ItemMatrix
{
    private readonly List<float[]> _rows = [];
    private int _count;

    public override int Dimension => dimension;

    public override int Count => _count;

    public override long ReservedBytes => (long)_rows.Count * dimension * sizeof(float);

    public override int RowBytes => dimension * sizeof(float);

    public override void EnsureCapacity(int rowCount)
    {
        int addedCount = Math.Max(0, rowCount - _rows.Count);
        budget.Reserve((long)addedCount * dimension * sizeof(float), "test rows");
        for (int row = 0; row < addedCount; row++)
        {
            _rows.Add(new float[dimension]);
        }
    }

    public override void Write(int index, ReadOnlySpan<float> vector) => vector.CopyTo(_rows[index]);

    public override void Publish(int rowCount)
    {
        Assert.InRange(rowCount, 0, _rows.Count);
        _count = rowCount;
    }

    public override ReadOnlySpan<float> Row(int index) => _rows[index];

    public override void Dispose() => budget.Release(ReservedBytes);
}
