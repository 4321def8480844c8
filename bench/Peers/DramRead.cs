using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ebb.Bench.Peers;

/// <summary>
/// A block of memory larger than the caches: reading it flushes them, and a block of a given size read afterwards comes
/// from DRAM, which is the floor for a scan of as many bytes.
/// </summary>
internal sealed unsafe class DramRead : IDisposable
{
    private const long FlushBytes = 256L << 20;

    private readonly byte* _flush = Block(FlushBytes);
    private readonly byte* _target;
    private readonly long _bytes;

    public DramRead(long bytes)
    {
        _bytes = bytes / 256 * 256;
        _target = Block(_bytes);
    }

    /// <summary>Keeps the reads from being optimised away.</summary>
    public static int Sink { get; private set; }

    public void Flush() => Sink += Read(_flush, FlushBytes);

    /// <summary>Milliseconds to read the block once, caches flushed.</summary>
    public double MeasureMs(bool isWall)
    {
        Flush();
        double start = Clock.NowMs(isWall);
        Sink += Read(_target, _bytes);
        return Clock.NowMs(isWall) - start;
    }

    /// <summary>10^9 bytes a second that one core reads, caches flushed: the best of five reads of 256 MiB.</summary>
    public static double MeasureGBps()
    {
        using DramRead read = new(FlushBytes);
        double best = double.MaxValue;
        for (int round = 0; round < 5; round++)
        {
            best = Math.Min(best, read.MeasureMs(isWall: false));
        }

        return FlushBytes / best / 1e6;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_flush);
        NativeMemory.AlignedFree(_target);
    }

    // SAFETY: bytes is a multiple of 256 within the block; a prefetch past it never faults.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int Read(byte* block, long bytes)
    {
        Vector256<int> first = Vector256<int>.Zero;
        Vector256<int> second = Vector256<int>.Zero;
        for (byte* end = block + bytes; block != end; block += 256)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch0(block + 4096);
                Sse.Prefetch0(block + 4096 + 64);
                Sse.Prefetch0(block + 4096 + 128);
                Sse.Prefetch0(block + 4096 + 192);
            }

            first += Vector256.Load((int*)block) + Vector256.Load((int*)(block + 32));
            second += Vector256.Load((int*)(block + 64)) + Vector256.Load((int*)(block + 96));
            first += Vector256.Load((int*)(block + 128)) + Vector256.Load((int*)(block + 160));
            second += Vector256.Load((int*)(block + 192)) + Vector256.Load((int*)(block + 224));
        }

        return Vector256.Sum(first + second);
    }

    private static byte* Block(long bytes)
    {
        byte* block = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 2 << 20);
        if (OperatingSystem.IsLinux())
        {
            _ = Advise((nint)block, (nuint)bytes, HugePage);
        }

        NativeMemory.Fill(block, (nuint)bytes, 1);
        return block;
    }

    private const int HugePage = 14;

    [DllImport("libc", EntryPoint = "madvise")]
    private static extern int Advise(nint address, nuint length, int advice);
}
