using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ebb.Kernels.Decay;

/// <summary>
/// <see cref="BankTraversal"/> with one factor and one weight for the whole row: the usual bank, without
/// per-dimension rates, needs no factor buffers then.
/// </summary>
internal static class BroadcastTraversal
{
    public static void Run<TFormula>(
        Span<float> sums, float factor, float weight, ReadOnlySpan<float> items)
        where TFormula : struct, IBankVectorFormula
    {
        ref float s = ref MemoryMarshal.GetReference(sums);
        ref float p = ref MemoryMarshal.GetReference(items);
        int index = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            index = Run512<TFormula>(ref s, ref p, factor, weight, index, sums.Length);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            index = Run256<TFormula>(ref s, ref p, factor, weight, index, sums.Length);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            index = Run128<TFormula>(ref s, ref p, factor, weight, index, sums.Length);
        }

        RunScalar<TFormula>(ref s, ref p, factor, weight, index, sums.Length);
    }

    // SAFETY (all four): the caller's spans hold at least `count` elements, and no step reads or writes past it.
    public static int Run512<TFormula>(
        ref float s, ref float p, float factor, float weight, int index, int count)
        where TFormula : struct, IBankVectorFormula
    {
        for (; index <= count - 16; index += 16)
        {
            nuint at = (nuint)index;
            TFormula.Apply(
                Vector512.LoadUnsafe(ref s, at),
                Vector512.Create(factor),
                Vector512.Create(weight),
                Vector512.LoadUnsafe(ref p, at)).StoreUnsafe(ref s, at);
        }

        return index;
    }

    public static int Run256<TFormula>(
        ref float s, ref float p, float factor, float weight, int index, int count)
        where TFormula : struct, IBankVectorFormula
    {
        for (; index <= count - 8; index += 8)
        {
            nuint at = (nuint)index;
            TFormula.Apply(
                Vector256.LoadUnsafe(ref s, at),
                Vector256.Create(factor),
                Vector256.Create(weight),
                Vector256.LoadUnsafe(ref p, at)).StoreUnsafe(ref s, at);
        }

        return index;
    }

    public static int Run128<TFormula>(
        ref float s, ref float p, float factor, float weight, int index, int count)
        where TFormula : struct, IBankVectorFormula
    {
        for (; index <= count - 4; index += 4)
        {
            nuint at = (nuint)index;
            TFormula.Apply(
                Vector128.LoadUnsafe(ref s, at),
                Vector128.Create(factor),
                Vector128.Create(weight),
                Vector128.LoadUnsafe(ref p, at)).StoreUnsafe(ref s, at);
        }

        return index;
    }

    public static int RunScalar<TFormula>(
        ref float s, ref float p, float factor, float weight, int index, int count)
        where TFormula : struct, IBankVectorFormula
    {
        for (; index < count; index++)
        {
            ref float sum = ref Unsafe.Add(ref s, index);
            sum = TFormula.Apply(sum, factor, weight, Unsafe.Add(ref p, index));
        }

        return index;
    }
}
