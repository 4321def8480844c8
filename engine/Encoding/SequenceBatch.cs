namespace Ebb.Engine.Encoders;

/// <summary>
/// The memory that a model reads and writes: pinned once, used for every run. Rows are right-padded with 0. Owned by
/// the model; one thread at a time. Invariant: RowCount and Length are sizes of the fixed ladder, so that a model meets
/// few different shapes and can keep what it made for each.
/// </summary>
public sealed class SequenceBatch
{
    public const int RowCountMax = 64;

    /// <summary>Events per sequence at most.</summary>
    public const int LengthCountMax = 512;

    private const int LengthStep = 4;

    private static readonly int[] RowCounts = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, RowCountMax];

    public SequenceBatch(int lengthMax, int dimension, int categoryCount = 0)
    {
        LengthMax = lengthMax;
        Dimension = dimension;
        CategoryCount = categoryCount;
        ItemIds = GC.AllocateArray<long>(RowCountMax * lengthMax, pinned: true);
        Types = GC.AllocateArray<long>(RowCountMax * lengthMax, pinned: true);
        Ages = GC.AllocateArray<float>(RowCountMax * lengthMax, pinned: true);
        Lengths = GC.AllocateArray<long>(RowCountMax, pinned: true);
        Output = GC.AllocateArray<float>(RowCountMax * dimension, pinned: true);
        Categories = GC.AllocateArray<float>(RowCountMax * categoryCount, pinned: true);
    }

    public int LengthMax { get; }

    public int Dimension { get; }

    /// <summary>Of the model's head; 0: it has none.</summary>
    public int CategoryCount { get; }

    /// <summary>Rows of this run, those that pad it included.</summary>
    public int RowCount { get; private set; }

    /// <summary>Events per row of this run, padding included: the stride of the arrays.</summary>
    public int Length { get; private set; }

    /// <summary>RowCount × Length: places in the model's own list of items from 1 on, 0 is padding.</summary>
    public long[] ItemIds { get; }

    /// <summary>RowCount: events of each row.</summary>
    public long[] Lengths { get; }

    /// <summary>RowCount × Length: seconds before the row's newest event.</summary>
    public float[] Ages { get; }

    /// <summary>RowCount × Length: event types.</summary>
    public long[] Types { get; }

    /// <summary>RowCount × Dimension: the user vectors.</summary>
    public float[] Output { get; }

    /// <summary>RowCount × CategoryCount: the head's logits.</summary>
    public float[] Categories { get; }

    /// <summary>Empties it for so many rows of at most so many events.</summary>
    public void Begin(int rowCount, int length)
    {
        RowCount = RowCounts[Place(rowCount)];
        Length = Math.Min(LengthMax, Math.Max(LengthStep, (length + LengthStep - 1) / LengthStep * LengthStep));
        int cells = RowCount * Length;
        ItemIds.AsSpan(0, cells).Clear();
        Types.AsSpan(0, cells).Clear();
        Ages.AsSpan(0, cells).Clear();
        Lengths.AsSpan(0, RowCount).Clear();
    }

    public ReadOnlySpan<float> Vector(int row) => Output.AsSpan(row * Dimension, Dimension);

    public ReadOnlySpan<float> Logits(int row) => Categories.AsSpan(row * CategoryCount, CategoryCount);

    private static int Place(int rowCount)
    {
        int place = Array.BinarySearch(RowCounts, rowCount);
        return place < 0 ? ~place : place;
    }
}
