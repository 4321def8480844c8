namespace Ebb.Engine.Encoders;

/// <summary>
/// What a model of rows reads and says: one input [N, InputWidth], float32 or, as numbers of words, int64; one output
/// [N, OutputWidth] of float32.
/// </summary>
public sealed record RowModelShape(string InputName, int InputWidth, string OutputName, int OutputWidth)
{
    private const int LaneStep = 4;

    public bool ReadsNumbers { get; init; }

    /// <summary>Of one run.</summary>
    public required int RowCountMax { get; init; }

    /// <summary>
    /// Rows that are run for so many: of the ladder 1, 4, 16, 64, … up to the largest, so that few shapes are met.
    /// </summary>
    public int LaneRows(int rowCount)
    {
        int size = 1;
        while (size < rowCount)
        {
            size *= LaneStep;
        }

        return Math.Min(size, RowCountMax);
    }
}
