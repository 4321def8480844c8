using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Ebb.Kernels.Memory;

namespace Ebb.Kernels.TopK;

/// <summary>
/// The scan of item codes: the sums of a tile of 16 rows with six queries, four or one, as 16 bits that saturate; tiles
/// of which no sum reaches its limit are passed over. Picks the best that this machine has; all give the same sums. Any
/// thread.
/// </summary>
internal static unsafe class CodeScan
{
    /// <summary>Bytes of a hit: its number padded to a register, a register of sums for each query.</summary>
    public const int SixHitBytes = 32 * 7;

    public const int FourHitBytes = 32 * 5;

    public const int OneHitBytes = 32 * 2;

    /// <summary>
    /// Whether codes are scanned faster than fp32 rows: wherever there is an instruction for sums of byte products.
    /// Without one (<see cref="PortableDot128"/>) they are not, even in batches of one.
    /// </summary>
    public static bool IsFast => Ssse3.IsSupported || AdvSimd.IsSupported;

    // AVX2 alone adds in 16 bits: two instructions a register of codes, where 32 bits take three.
    private static bool Is16Bits => Avx2.IsSupported && !AvxVnni.IsSupported;

    /// <summary>Starts of a query: one for each section, or one for all where sums have 32 bits.</summary>
    public static int StartCount(int stride) => Is16Bits ? CodeFormat.SectionCount(stride) : 1;

    /// <summary>
    /// What a query's sums start at, so that the offset of the item bytes comes out again: −64·Σb, in 32 bits or for
    /// dimensions d % 4 &lt; 2 in the lower and the others in the upper 16, modulo 2^16.
    /// </summary>
    /// <param name="low">Σb of dimensions d % 4 &lt; 2.</param>
    /// <param name="high">Σb of the others.</param>
    public static int Start(int low, int high) => Is16Bits
        ? (ushort)(-CodeFormat.Offset * low) | (-CodeFormat.Offset * high << 16)
        : -CodeFormat.Offset * (low + high);

    /// <summary>The row of a tile that the sum in this place belongs to.</summary>
    public static int RowOf(int place) => (place & 3) | ((place & 4) << 1) | ((place & 8) >> 1);

    /// <summary>Bits by row as bits by place: <see cref="RowOf"/> swaps rows 4 to 7 with rows 8 to 11.</summary>
    public static uint PlacesOf(uint rows) => (rows & 0xF00F) | ((rows & 0x00F0) << 4) | ((rows & 0x0F00) >> 4);

    /// <summary>The most queries that a call scans for.</summary>
    public const int LanesMax = 6;

    /// <summary>How many queries the next call is for when so many are left: 6, 4 or 1, not all of them used.</summary>
    public static int Lanes(int queriesLeft, int stride)
    {
        if (queriesLeft == 1)
        {
            return 1;
        }

        // Seven and eight go by fours.
        bool isSix = HasSix(stride) && (queriesLeft is 5 or 6 or > 8);
        return isSix ? LanesMax : 4;
    }

    /// <summary>Bytes of a hit of a call for so many queries.</summary>
    public static int HitBytes(int lanes) => 32 * (1 + lanes);

    // Twelve sums fit the registers where a step adds in one instruction without another to widen.
    private static bool HasSix(int stride) => Is16Bits && CodeFormat.SumShift(stride) == 0;

    /// <summary>Scans for as many queries as <see cref="Lanes"/> said.</summary>
    public static int Many(CodeSpan* span, int lanes) => lanes switch
    {
        1 => One(span),
        4 => Four(span),
        _ => CodeScan256.Six(span),
    };

    /// <summary>Returns the number of hits.</summary>
    public static int Four(CodeSpan* span)
    {
        if (AvxVnni.IsSupported)
        {
            return CodeScanDot256<VnniDot256>.Four(span);
        }

        if (Avx2.IsSupported)
        {
            return span->Shift == 0 ? CodeScan256.Four(span) : CodeScanLong256.Four(span);
        }

        if (Ssse3.IsSupported)
        {
            return CodeScanDot128<MaddDot128>.Four(span);
        }

        if (Dp.IsSupported)
        {
            return CodeScanDot128<DpDot128>.Four(span);
        }

        return AdvSimd.Arm64.IsSupported
            ? CodeScanDot128<AdvSimdDot128>.Four(span)
            : CodeScanDot128<PortableDot128>.Four(span);
    }

    /// <summary>The same for one query.</summary>
    public static int One(CodeSpan* span)
    {
        if (AvxVnni.IsSupported)
        {
            return CodeScanDot256<VnniDot256>.One(span);
        }

        if (Avx2.IsSupported)
        {
            return span->Shift == 0 ? CodeScan256.One(span) : CodeScanLong256.One(span);
        }

        if (Ssse3.IsSupported)
        {
            return CodeScanDot128<MaddDot128>.One(span);
        }

        if (Dp.IsSupported)
        {
            return CodeScanDot128<DpDot128>.One(span);
        }

        return AdvSimd.Arm64.IsSupported
            ? CodeScanDot128<AdvSimdDot128>.One(span)
            : CodeScanDot128<PortableDot128>.One(span);
    }
}
