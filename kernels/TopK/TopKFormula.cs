namespace Ebb.Kernels.TopK;

/// <summary>
/// What a score is, one scalar step at a time, and its place in the total order. Shared by the CPU rerank and by GPU
/// kernels.
/// </summary>
internal readonly struct TopKFormula
{
    /// <summary>One dimension. A product of two floats is exact in double: fused or not, the same bits.</summary>
    public static double Apply(double total, double query, float item) => total + (query * item);

    /// <summary>The score as served: rounded to fp32, −0 made +0 so that equal scores have equal bits.</summary>
    public static float Round(double total) => (float)total + 0.0f;

    /// <summary>
    /// One number per (score, row) that sorts as the answer does: larger is better, equal scores by lower index.
    /// Upper half: the score's bits made monotone; lower half: the index, complemented.
    /// </summary>
    public static ulong Key(float score, int index)
    {
        int bits = BitConverter.SingleToInt32Bits(score);
        uint ordered = (uint)(bits ^ ((bits >> 31) | int.MinValue));
        return ((ulong)ordered << 32) | ~(uint)index;
    }

    public static float KeyScore(ulong key)
    {
        int ordered = (int)(key >> 32);
        return BitConverter.Int32BitsToSingle(ordered ^ (~(ordered >> 31) | int.MinValue));
    }

    public static int KeyIndex(ulong key) => (int)~(uint)key;
}
