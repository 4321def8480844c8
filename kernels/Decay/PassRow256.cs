using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ebb.Kernels.Decay;

/// <summary>A <see cref="PassRow"/> whose constants fill a register each, to be operands from memory.</summary>
internal struct PassRow256
{
    public Vector256<double> Scale;

    public Vector256<float> Factor;

    public Vector256<float> Impulse;

    public nint Offset;

    /// <summary>Returns the end of the rows filled.</summary>
    public static ref PassRow256 Fill(ReadOnlySpan<PassRow> rows, Span<PassRow256> wide)
    {
        for (int at = 0; at < rows.Length; at++)
        {
            ref PassRow256 target = ref wide[at];
            target.Scale = Vector256.Create(rows[at].Scale);
            target.Factor = Vector256.Create(rows[at].Factor);
            target.Impulse = Vector256.Create(rows[at].Impulse);
            target.Offset = rows[at].Offset;
        }

        // SAFETY: one past the last row that was filled, used as an end only.
        return ref Unsafe.Add(ref MemoryMarshal.GetReference(wide), rows.Length);
    }
}
