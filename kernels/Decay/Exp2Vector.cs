using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ebb.Kernels.Decay;

/// <summary>
/// <see cref="Exp2"/> on registers: the same operations in the same order, so the same bits in every lane. Pure, any
/// thread. Integers stay in 64-bit lanes, where a double's low mantissa bits are found without a conversion.
/// </summary>
internal static class Exp2Vector
{
    // The bits of RoundMagic; the rounded 16·x is what lies above them. Moved up by 2^20 it is positive, so that the
    // logical shifts, which every machine has, do what Exp2's arithmetic shifts do.
    private const long MagicBits = 0x4338000000000000;
    private const long StepBias = 1L << 20;
    private const long OctaveBias = StepBias >> 4;
    private const long HalfBias = OctaveBias >> 1;
    private const long DoubleBias = 1023;

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // PassRatios, rated update
    public static Vector128<double> Of(Vector128<double> x)
    {
        Vector128<double> shifted = (x * Exp2.StepsPerOctave) + Vector128.Create(Exp2.RoundMagic);
        Vector128<double> r = x - ((shifted - Vector128.Create(Exp2.RoundMagic)) * (1.0 / Exp2.StepsPerOctave));
        Vector128<double> p = Vector128.Create(Exp2.C7);
        p = Vector128.Create(Exp2.C6) + (r * p);
        p = Vector128.Create(Exp2.C5) + (r * p);
        p = Vector128.Create(Exp2.C4) + (r * p);
        p = Vector128.Create(Exp2.C3) + (r * p);
        p = Vector128.Create(Exp2.C2) + (r * p);
        p = Vector128.Create(Exp2.C1) + (r * p);
        p = r * p;

        Vector128<long> biased = shifted.AsInt64() - Vector128.Create(MagicBits - StepBias);
        Vector128<long> step = biased & Vector128.Create(15L);
        Vector128<double> high = Gather(Exp2.StepHigh, step);
        Vector128<double> low = Gather(Exp2.StepLow, step);
        Vector128<double> mantissa = high + (low + (high * p));
        Vector128<long> octave = biased >>> 4;
        Vector128<long> half = octave >>> 1;
        Vector128<double> first = PowerOfTwo(half, HalfBias);
        Vector128<double> result = mantissa * first * PowerOfTwo(octave - half, OctaveBias - HalfBias);

        result = Vector128.ConditionalSelect(
            Vector128.GreaterThanOrEqual(x, Vector128.Create(Exp2.OverflowFrom)),
            Vector128.Create(double.PositiveInfinity), result);
        return Vector128.ConditionalSelect(
            Vector128.LessThanOrEqual(x, Vector128.Create(Exp2.ZeroUpTo)), Vector128<double>.Zero, result);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // PassRatios, rated update
    public static Vector256<double> Of(Vector256<double> x)
    {
        Vector256<double> shifted = (x * Exp2.StepsPerOctave) + Vector256.Create(Exp2.RoundMagic);
        Vector256<double> r = x - ((shifted - Vector256.Create(Exp2.RoundMagic)) * (1.0 / Exp2.StepsPerOctave));
        Vector256<double> p = Vector256.Create(Exp2.C7);
        p = Vector256.Create(Exp2.C6) + (r * p);
        p = Vector256.Create(Exp2.C5) + (r * p);
        p = Vector256.Create(Exp2.C4) + (r * p);
        p = Vector256.Create(Exp2.C3) + (r * p);
        p = Vector256.Create(Exp2.C2) + (r * p);
        p = Vector256.Create(Exp2.C1) + (r * p);
        p = r * p;

        Vector256<long> biased = shifted.AsInt64() - Vector256.Create(MagicBits - StepBias);
        Vector256<long> step = biased & Vector256.Create(15L);
        Vector256<double> high = Gather(Exp2.StepHigh, step);
        Vector256<double> low = Gather(Exp2.StepLow, step);
        Vector256<double> mantissa = high + (low + (high * p));
        Vector256<long> octave = biased >>> 4;
        Vector256<long> half = octave >>> 1;
        Vector256<double> first = PowerOfTwo(half, HalfBias);
        Vector256<double> result = mantissa * first * PowerOfTwo(octave - half, OctaveBias - HalfBias);

        result = Vector256.ConditionalSelect(
            Vector256.GreaterThanOrEqual(x, Vector256.Create(Exp2.OverflowFrom)),
            Vector256.Create(double.PositiveInfinity), result);
        return Vector256.ConditionalSelect(
            Vector256.LessThanOrEqual(x, Vector256.Create(Exp2.ZeroUpTo)), Vector256<double>.Zero, result);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // PassRatios, rated update
    public static Vector512<double> Of(Vector512<double> x)
    {
        Vector512<double> shifted = (x * Exp2.StepsPerOctave) + Vector512.Create(Exp2.RoundMagic);
        Vector512<double> r = x - ((shifted - Vector512.Create(Exp2.RoundMagic)) * (1.0 / Exp2.StepsPerOctave));
        Vector512<double> p = Vector512.Create(Exp2.C7);
        p = Vector512.Create(Exp2.C6) + (r * p);
        p = Vector512.Create(Exp2.C5) + (r * p);
        p = Vector512.Create(Exp2.C4) + (r * p);
        p = Vector512.Create(Exp2.C3) + (r * p);
        p = Vector512.Create(Exp2.C2) + (r * p);
        p = Vector512.Create(Exp2.C1) + (r * p);
        p = r * p;

        Vector512<long> biased = shifted.AsInt64() - Vector512.Create(MagicBits - StepBias);
        Vector512<long> step = biased & Vector512.Create(15L);
        Vector512<double> high = Gather(Exp2.StepHigh, step);
        Vector512<double> low = Gather(Exp2.StepLow, step);
        Vector512<double> mantissa = high + (low + (high * p));
        Vector512<long> octave = biased >>> 4;
        Vector512<long> half = octave >>> 1;
        Vector512<double> first = PowerOfTwo(half, HalfBias);
        Vector512<double> result = mantissa * first * PowerOfTwo(octave - half, OctaveBias - HalfBias);

        result = Vector512.ConditionalSelect(
            Vector512.GreaterThanOrEqual(x, Vector512.Create(Exp2.OverflowFrom)),
            Vector512.Create(double.PositiveInfinity), result);
        return Vector512.ConditionalSelect(
            Vector512.LessThanOrEqual(x, Vector512.Create(Exp2.ZeroUpTo)), Vector512<double>.Zero, result);
    }

    private static Vector128<double> PowerOfTwo(Vector128<long> biased, long bias) =>
        ((biased + Vector128.Create(DoubleBias - bias)) << 52).AsDouble();

    private static Vector256<double> PowerOfTwo(Vector256<long> biased, long bias) =>
        ((biased + Vector256.Create(DoubleBias - bias)) << 52).AsDouble();

    private static Vector512<double> PowerOfTwo(Vector512<long> biased, long bias) =>
        ((biased + Vector512.Create(DoubleBias - bias)) << 52).AsDouble();

    // SAFETY (all three): a step is masked to 0..15 whatever x was, the tables have 16 entries, and they are data of
    // the assembly, which does not move.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> Gather(ReadOnlySpan<ulong> table, Vector128<long> step)
    {
        ref ulong first = ref MemoryMarshal.GetReference(table);
        return Vector128.Create(
            Unsafe.Add(ref first, (nint)step.GetElement(0)),
            Unsafe.Add(ref first, (nint)step.GetElement(1))).AsDouble();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Vector256<double> Gather(ReadOnlySpan<ulong> table, Vector256<long> step)
    {
        if (Avx2.IsSupported)
        {
            double* first = (double*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(table));
            return Avx2.GatherVector256(first, step, sizeof(double));
        }

        return Vector256.Create(Gather(table, step.GetLower()), Gather(table, step.GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Gather(ReadOnlySpan<ulong> table, Vector512<long> step) =>
        Vector512.Create(Gather(table, step.GetLower()), Gather(table, step.GetUpper()));
}
