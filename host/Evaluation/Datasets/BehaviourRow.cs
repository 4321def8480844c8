namespace Ebb.Evaluation.Datasets;

/// <summary>
/// One row of a data set. User and Item index the log's name lists; Type is one of <see cref="Engine.EventTypes"/>;
/// Value is NaN where the data has none. Rows of one Basket (an invoice) were one act; -1 where there are no baskets.
/// TestPart: from the file that the data set itself sets apart for testing.
/// </summary>
public readonly record struct BehaviourRow(
    int User, int Item, byte Type, long TimeMs, float Value = float.NaN, int Basket = -1, bool TestPart = false);
