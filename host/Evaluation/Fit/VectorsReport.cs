namespace Ebb.Evaluation.Fit;

/// <summary>Items written, those of them with a vector other than zero, and rows learned from.</summary>
public sealed record VectorsReport(int ItemCount, int KnownCount, int RowCount);
