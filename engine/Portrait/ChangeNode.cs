namespace Ebb.Engine.Portrait;

/// <summary>
/// A node of a change tree: a question (value ≤ Threshold goes to Low, else to High) or, with Feature −1, a leaf.
/// Children stand behind their parent. Gain is what the question takes from the Gini impurity, times Count.
/// </summary>
public readonly record struct ChangeNode(int Count, int Changed)
{
    public const int Leaf = -1;

    public int Feature { get; init; } = Leaf;

    public double Threshold { get; init; }

    public int Low { get; init; }

    public int High { get; init; }

    public double Gain { get; init; }

    public bool IsLeaf => Feature == Leaf;
}
