namespace Ebb.Kernels.TopK;

/// <summary>
/// A coded query in units of its scale. For a tile with scale s, error e and norm n, and a row with sum Σ b·c:
/// <code>|score − Scale·s·Σ b·c| ≤ Scale·s·(CodeNorm·e + Lost·n)</code>
/// </summary>
/// <param name="Scale">0: scan this query in fp32.</param>
/// <param name="CodeNorm">At least ‖b‖.</param>
/// <param name="Lost">At least ‖q − q̂‖ and what the double sum can lose, over Scale.</param>
/// <param name="Start">What both 16-bit lanes start at.</param>
internal readonly record struct QueryBound(float Scale, float CodeNorm, float Lost, int Start);
