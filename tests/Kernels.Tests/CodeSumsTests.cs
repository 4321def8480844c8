using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>
/// Every way to add byte products against plain loops. One that this processor cannot run is reported as skipped: the
/// suite has then not run it, whatever else is green.
/// </summary>
public sealed unsafe class CodeSumsTests
{
    private readonly Random _random = new(RandomVectors.Seed);

    private delegate int Scan(CodeSpan* span);

    [Fact]
    public void Sums_ThisMachine_AreThoseOfPlainLoops() =>
        Check(CodeScan.Four, 4, CodeScan.One, _ => true, start: null);

    [Fact]
    public void Sums_Avx2In16Bits_AreThoseOfPlainLoops()
    {
        Assert.SkipUnless(Avx2.IsSupported, "never run here: this processor has no AVX2");
        Check(CodeScan256.Six, 6, CodeScan256.One, items => CodeFormat.SumShift(items.Stride) == 0, Start16);
        Check(CodeScan256.Four, 4, CodeScan256.One, items => CodeFormat.SumShift(items.Stride) == 0, Start16);
    }

    [Fact]
    public void Sums_Avx2InSections_AreThoseOfPlainLoops()
    {
        Assert.SkipUnless(Avx2.IsSupported, "never run here: this processor has no AVX2");
        Check(CodeScanLong256.Four, 4, CodeScanLong256.One, items => CodeFormat.SumShift(items.Stride) != 0, Start16);
    }

    [Fact]
    public void Sums_LoopsOfAvxVnniOnAvx2_AreThoseOfPlainLoops()
    {
        Assert.SkipUnless(Avx2.IsSupported, "never run here: this processor has no AVX2");
        CheckWide(CodeScanDot256<MaddDot256>.Four, CodeScanDot256<MaddDot256>.One);
    }

    [Fact]
    public void Sums_AvxVnni_AreThoseOfPlainLoops()
    {
        Assert.SkipUnless(AvxVnni.IsSupported, "never run here: this processor has no AVX-VNNI");
        CheckWide(CodeScanDot256<VnniDot256>.Four, CodeScanDot256<VnniDot256>.One);
    }

    [Fact]
    public void Sums_Ssse3_AreThoseOfPlainLoops()
    {
        Assert.SkipUnless(Ssse3.IsSupported, "never run here: this processor has no SSSE3");
        CheckWide(CodeScanDot128<MaddDot128>.Four, CodeScanDot128<MaddDot128>.One);
    }

    [Fact]
    public void Sums_ArmDotProduct_AreThoseOfPlainLoops()
    {
        Assert.SkipUnless(Dp.IsSupported, "never run here: this processor has no Arm dot product");
        CheckWide(CodeScanDot128<DpDot128>.Four, CodeScanDot128<DpDot128>.One);
    }

    [Fact]
    public void Sums_ArmAdvSimd_AreThoseOfPlainLoops()
    {
        Assert.SkipUnless(AdvSimd.Arm64.IsSupported, "never run here: this processor has no AdvSimd");
        CheckWide(CodeScanDot128<AdvSimdDot128>.Four, CodeScanDot128<AdvSimdDot128>.One);
    }

    [Fact]
    public void Sums_Portable_AreThoseOfPlainLoops() =>
        CheckWide(CodeScanDot128<PortableDot128>.Four, CodeScanDot128<PortableDot128>.One);

    [Fact]
    public void Sums_BytesAtTheirEnds_AreExact()
    {
        // The largest sums there are: 127·127 four times a lane, in every dimension.
        Assert.Equal(4 * 127 * 127, Largest(127));
        Assert.Equal(-4 * 127 * 127, Largest(-127));

        static int Largest(sbyte query) => PortableDot128.Add(
            default,
            Vector128.Create((byte)127),
            Vector128.Create(query))[3];
    }

    private void CheckWide(Scan four, Scan one) => Check(four, 4, one, _ => true, Start32);

    /// <param name="many">Several queries a tile.</param>
    /// <param name="lanes">How many.</param>
    /// <param name="one">One.</param>
    /// <param name="isFor">Whether the scan is made for such rows.</param>
    /// <param name="start">Of a query's codes, by section; null: as the batch has it.</param>
    private void Check(
        Scan many, int lanes, Scan one, Func<NativeItemMatrix, bool> isFor, Func<int[], int, int[]>? start)
    {
        CodeCases.ForEach((items, query) =>
        {
            if (!isFor(items))
            {
                return;
            }

            float[] other = RandomVectors.Normal(_random, query.Length);
            float[] negative = [.. query.Select(x => -x)];
            float[][] queries = [query, other, negative, query, [.. other.Select(x => x / 3)], other];
            TopKBatch batch = CodeCases.Batch(items, queries[..lanes]);
            short[][] sums = Sums(items, batch, many, lanes, start);
            short[][] ones = Sums(items, batch, one, 1, start);
            for (int row = 0; row < CodeCases.RowCount; row++)
            {
                for (int lane = 0; lane < lanes; lane++)
                {
                    int sum = CodeCases.Sum(items, row, batch, lane);
                    Assert.Equal(CodeCases.Held(items, sum), sums[lane][row]);
                }

                Assert.Equal(sums[0][row], ones[0][row]);
            }
        });
    }

    /// <summary>Sums by lane and row, at limits that only one tile in two passes.</summary>
    private static short[][] Sums(
        NativeItemMatrix items, TopKBatch batch, Scan scan, int laneCount, Func<int[], int, int[]>? start)
    {
        short[][] sums = [.. Enumerable.Range(0, laneCount).Select(_ => new short[CodeCases.RowCount])];
        byte* scratch = stackalloc byte[256];
        for (int parity = 0; parity < 2; parity++)
        {
            int wordCount = items.Stride / CodeFormat.GroupDimensions;
            int[] words = GC.AllocateArray<int>(wordCount * laneCount, pinned: true);
            int[] starts = GC.AllocateArray<int>(laneCount * CodeFormat.SectionCount(items.Stride), pinned: true);
            int[] limits = GC.AllocateArray<int>(CodeSpan.LimitStep * laneCount, pinned: true);
            byte[] hits = GC.AllocateArray<byte>(CodeCases.TileCount * CodeScan.HitBytes(laneCount), pinned: true);
            for (int at = 0; at < limits.Length; at++)
            {
                // The highest limit holds back all but a saturated sum; the lowest passes everything.
                limits[at] = at % 2 == parity ? unchecked((int)0x8000_8000) : 0x7FFF_7FFF;
            }

            for (int lane = 0; lane < laneCount; lane++)
            {
                int[] own = start is null
                    ? new Span<int>(batch.Codes.Starts(lane), CodeScan.StartCount(items.Stride)).ToArray()
                    : start(Codes(items, batch, lane), CodeFormat.SectionStride(items.Stride));
                for (int section = 0; section < own.Length; section++)
                {
                    starts[(section * laneCount) + lane] = own[section];
                }

                for (int word = 0; word < wordCount; word++)
                {
                    words[(word * laneCount) + lane] = batch.Codes.Words(lane)[word];
                }
            }

            fixed (int* w = words, s = starts, l = limits)
            fixed (byte* h = hits)
            {
                CodeSpan span = new()
                {
                    Codes = items.CodePointer(0),
                    TileCount = CodeCases.TileCount,
                    GroupCount = wordCount,
                    Queries = w,
                    Starts = s,
                    Sums = scratch,
                    Shift = CodeFormat.SumShift(items.Stride),
                    Limits = l,
                    Hits = h,
                    Ahead = items.CodePointer(0),
                };
                Read(hits, scan(&span), laneCount, parity, sums);
            }
        }

        return sums;
    }

    private static void Read(byte[] hits, int hitCount, int laneCount, int parity, short[][] sums)
    {
        Assert.InRange(hitCount, CodeCases.TileCount / 2, CodeCases.TileCount);
        int hitBytes = CodeScan.HitBytes(laneCount);
        for (int hit = 0; hit < hitCount; hit++)
        {
            int tile = BitConverter.ToInt32(hits, hit * hitBytes);
            for (int at = 0; tile % 2 == parity && at < laneCount * CodeFormat.TileRows; at++)
            {
                int row = (tile * CodeFormat.TileRows) + CodeScan.RowOf(at % CodeFormat.TileRows);
                sums[at / CodeFormat.TileRows][row] = BitConverter.ToInt16(hits, (hit * hitBytes) + 32 + (at * 2));
            }
        }
    }

    private static int[] Codes(NativeItemMatrix items, TopKBatch batch, int query) =>
        [.. new Span<sbyte>((sbyte*)batch.Codes.Words(query), items.Stride).ToArray().Select(code => (int)code)];

    private static int[] Start32(int[] codes, int sectionStride) => [-64 * codes.Sum()];

    private static int[] Start16(int[] codes, int sectionStride) =>
    [
        .. codes.Chunk(sectionStride).Select(section =>
        {
            int low = section.Where((_, d) => d % 4 < 2).Sum();
            int high = section.Sum() - low;
            return (ushort)(-64 * low) | (-64 * high << 16);
        }),
    ];
}
