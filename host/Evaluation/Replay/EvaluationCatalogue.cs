using Ebb.Evaluation.Npy;

namespace Ebb.Evaluation.Replay;

/// <summary>
/// The items that are ranked, in the order that makes the protocol's tie rule the engine's own (equal scores: lower
/// catalogue index): by count in the training part, descending, then by index in the ids file.
/// </summary>
internal sealed class EvaluationCatalogue
{
    private readonly int[] _catalogueOf;

    private EvaluationCatalogue(string[] ids, int[] trainingCounts, int[] catalogueOf, int[] vectorRows)
    {
        Ids = ids;
        TrainingCounts = trainingCounts;
        _catalogueOf = catalogueOf;
        VectorRows = vectorRows;
    }

    public string[] Ids { get; }

    public int Count => Ids.Length;

    /// <summary>Rows of the training part, per catalogue index; descending.</summary>
    public int[] TrainingCounts { get; }

    /// <summary>The row of the vectors that a catalogue index stands for.</summary>
    public int[] VectorRows { get; }

    /// <summary>The catalogue index of an item of the log; -1 when it has no vector.</summary>
    public int IndexOf(int logItem) => _catalogueOf[logItem];

    /// <summary>Vectors null: every item of the log is ranked, in its order.</summary>
    public static EvaluationCatalogue Build(IReadOnlyList<string> logItems, int[] trainingCountOf, ItemVectors? vectors)
    {
        IReadOnlyList<string> universe = vectors?.Ids ?? logItems;
        var rowOf = new Dictionary<string, int>(universe.Count);
        for (int row = 0; row < universe.Count; row++)
        {
            rowOf[universe[row]] = row;
        }

        int[] counts = new int[universe.Count];
        for (int item = 0; item < logItems.Count; item++)
        {
            if (rowOf.TryGetValue(logItems[item], out int row))
            {
                counts[row] = trainingCountOf[item];
            }
        }

        int[] order = [.. Enumerable.Range(0, universe.Count).OrderByDescending(row => counts[row])];
        int[] placeOf = new int[order.Length];
        for (int place = 0; place < order.Length; place++)
        {
            placeOf[order[place]] = place;
        }

        int[] catalogueOf =
            [.. logItems.Select(item => rowOf.TryGetValue(item, out int row) ? placeOf[row] : -1)];
        return new EvaluationCatalogue(
            [.. order.Select(row => universe[row])], [.. order.Select(row => counts[row])], catalogueOf, order);
    }
}
