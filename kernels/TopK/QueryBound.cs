namespace Ebb.Kernels.TopK;

/// <summary>
/// A coded query in units of what a sum counts: 2^shift of its own scale. For a tile with scale s, error e and norm n,
/// and a row with sum Σ b·c cut by shift bits:
/// <code>|score − Scale·s·⌊Σ b·c / 2^shift⌋| ≤ Scale·s·(CodeNorm·e + Lost·n + Cut)</code>
/// </summary>
/// <param name="Scale">0: scan this query in fp32.</param>
/// <param name="CodeNorm">At least ‖b‖ / 2^shift.</param>
/// <param name="Lost">At least ‖q − q̂‖ and what the double sum can lose, over Scale.</param>
/// <param name="Cut">What the cut may take off a sum: 1, or 0 where the shift is 0.</param>
internal readonly record struct QueryBound(float Scale, float CodeNorm, float Lost, int Cut);
