using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ebb.Kernels.Decay;

/// <summary>
/// The one walk over a bank row that all bank formulas share: widest registers first, then narrower ones, then single
/// floats. Each step takes the index to start at and returns where it stopped, so tests can run any width alone.
/// Factors and weights are one per element; <see cref="BroadcastTraversal"/> has one for the whole row.
/// </summary>
internal static class BankTraversal
{
    public static void Run<TFormula>(
        Span<float> sums, ReadOnlySpan<float> factors, ReadOnlySpan<float> weights, ReadOnlySpan<float> items)
        where TFormula : struct, IBankVectorFormula
    {
        ref float s = ref MemoryMarshal.GetReference(sums);
        ref float f = ref MemoryMarshal.GetReference(factors);
        ref float w = ref MemoryMarshal.GetReference(weights);
        ref float p = ref MemoryMarshal.GetReference(items);
        int index = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            index = Run512<TFormula>(ref s, ref f, ref w, ref p, index, sums.Length);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            index = Run256<TFormula>(ref s, ref f, ref w, ref p, index, sums.Length);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            index = Run128<TFormula>(ref s, ref f, ref w, ref p, index, sums.Length);
        }

        RunScalar<TFormula>(ref s, ref f, ref w, ref p, index, sums.Length);
    }

    // SAFETY (all four): the caller's spans hold at least `count` elements, and no step reads or writes past it.
    public static int Run512<TFormula>(
        ref float s, ref float f, ref float w, ref float p, int index, int count)
        where TFormula : struct, IBankVectorFormula
    {
        for (; index <= count - 16; index += 16)
        {
            nuint at = (nuint)index;
            TFormula.Apply(
                Vector512.LoadUnsafe(ref s, at),
                Vector512.LoadUnsafe(ref f, at),
                Vector512.LoadUnsafe(ref w, at),
                Vector512.LoadUnsafe(ref p, at)).StoreUnsafe(ref s, at);
        }

        return index;
    }

    public static int Run256<TFormula>(
        ref float s, ref float f, ref float w, ref float p, int index, int count)
        where TFormula : struct, IBankVectorFormula
    {
        for (; index <= count - 8; index += 8)
        {
            nuint at = (nuint)index;
            TFormula.Apply(
                Vector256.LoadUnsafe(ref s, at),
                Vector256.LoadUnsafe(ref f, at),
                Vector256.LoadUnsafe(ref w, at),
                Vector256.LoadUnsafe(ref p, at)).StoreUnsafe(ref s, at);
        }

        return index;
    }

    public static int Run128<TFormula>(
        ref float s, ref float f, ref float w, ref float p, int index, int count)
        where TFormula : struct, IBankVectorFormula
    {
        for (; index <= count - 4; index += 4)
        {
            nuint at = (nuint)index;
            TFormula.Apply(
                Vector128.LoadUnsafe(ref s, at),
                Vector128.LoadUnsafe(ref f, at),
                Vector128.LoadUnsafe(ref w, at),
                Vector128.LoadUnsafe(ref p, at)).StoreUnsafe(ref s, at);
        }

        return index;
    }

    public static int RunScalar<TFormula>(
        ref float s, ref float f, ref float w, ref float p, int index, int count)
        where TFormula : struct, IBankVectorFormula
    {
        for (; index < count; index++)
        {
            ref float sum = ref Unsafe.Add(ref s, index);
            sum = TFormula.Apply(sum, Unsafe.Add(ref f, index), Unsafe.Add(ref w, index), Unsafe.Add(ref p, index));
        }

        return index;
    }
}
