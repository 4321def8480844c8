#if EBB_ILGPU
using Ebb.Kernels.Backends;
using Ebb.Kernels.Gpu;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>No device, a device that dies, and one that is too small.</summary>
public sealed class GpuFailureTests
{
    private readonly List<string> _log = [];
    private readonly Random _random = new(RandomVectors.Seed);

    [Fact]
    public void Open_NoDriverOrDevice_SaysWhyInOneLine()
    {
        if (NativeDriverExists())
        {
            Assert.Skip("this machine has a CUDA driver");
        }

        GpuUnavailableException missing = Assert.Throws<GpuUnavailableException>(() => CudaSupport.Open());
        Assert.Contains("ILGPU", missing.Message);
        Assert.DoesNotContain("\n", missing.Message);
    }

    [Fact]
    public void TopK_DeviceDiesBetweenBatches_CpuAnswersThisAndAllLater()
    {
        GpuDevice device = GpuDevice.OpenEmulated();
        using GpuBackend backend = new(() => device, new GpuTuning(), threads: 1, log: _log.Add);
        using ItemMatrix items = Fill(backend, 60);
        CheckOne(backend, items);
        Assert.Equal("cuda", backend.Name);

        // The seam: an accelerator whose memory is gone refuses whatever it is asked next.
        device.Accelerator.Dispose();
        for (int call = 0; call < 3; call++)
        {
            CheckOne(backend, items);
        }

        Assert.Single(_log);
        Assert.DoesNotContain("\n", _log[0]);
        Assert.True(backend.HasFailed);
        Assert.Equal(1, backend.Counters.Failures);
        Assert.Equal(3, backend.Counters.CpuQueries);
        Assert.Equal("cpu (cuda failed)", backend.Name);
    }

    [Fact]
    public void TopK_DeviceDiesWhileCallersWait_NoneIsLost()
    {
        GpuDevice device = GpuDevice.OpenEmulated();
        using GpuBackend backend = new(() => device, new GpuTuning(), threads: 1, log: _log.Add);
        using ItemMatrix items = Fill(backend, 200);
        TopKRequest[] requests = [.. Enumerable.Range(0, 8).Select(_ => Request())];
        Thread[] callers =
        [
            .. requests.Select((request, at) => new Thread(() =>
            {
                if (at == 4)
                {
                    device.Accelerator.Dispose();
                }

                backend.TopK(items, [request]);
            })),
        ];
        Array.ForEach(callers, caller => caller.Start());
        Array.ForEach(callers, caller => caller.Join());
        Array.ForEach(requests, request => Check(items, request));
        Assert.True(_log.Count <= 1);
        Assert.Equal(8, backend.Counters.Queries + backend.Counters.CpuQueries);
    }

    [Fact]
    public void EnsureCapacity_PastTheDevicesMemory_RefusesWithTheFigureAndChangesNothing()
    {
        MemoryBudget host = new(1L << 30);
        MemoryBudget device = new(1 << 20);
        using GpuItemMatrix items = new(64, host, device);
        MemoryBudgetExceededException refused =
            Assert.Throws<MemoryBudgetExceededException>(() => items.EnsureCapacity(1_000_000));
        Assert.Contains("GPU", refused.Message);
        Assert.Equal(62 * items.ChunkBytes, refused.NeededBytes);
        Assert.Equal(0, device.ReservedBytes);
        Assert.Equal(0, host.ReservedBytes);
    }

    [Fact]
    public void Dispose_Matrix_GivesTheDevicesMemoryBack()
    {
        MemoryBudget device = new(1L << 30);
        GpuItemMatrix items = new(64, new MemoryBudget(1L << 30), device);
        items.EnsureCapacity(10);
        Assert.Equal(items.ChunkBytes, device.ReservedBytes);
        items.Dispose();
        Assert.Equal(0, device.ReservedBytes);
    }

    private static bool NativeDriverExists() =>
        System.Runtime.InteropServices.NativeLibrary.TryLoad("libcuda.so.1", out _)
        || System.Runtime.InteropServices.NativeLibrary.TryLoad("nvcuda.dll", out _);

    private ItemMatrix Fill(GpuBackend backend, int rowCount)
    {
        ItemMatrix items = backend.CreateItems(8, new MemoryBudget(1L << 30));
        items.EnsureCapacity(rowCount);
        for (int row = 0; row < rowCount; row++)
        {
            items.Write(row, RandomVectors.Normal(_random, 8));
        }

        items.Publish(rowCount);
        return items;
    }

    private TopKRequest Request() =>
        new() { Query = RandomVectors.Normal(_random, 8), K = 3, Results = new ScoredItem[3] };

    private void CheckOne(GpuBackend backend, ItemMatrix items)
    {
        TopKRequest request = Request();
        backend.TopK(items, [request]);
        Check(items, request);
    }

    private static void Check(ItemMatrix items, TopKRequest request)
    {
        TopKRequest expected = new() { Query = request.Query, K = 3, Results = new ScoredItem[3] };
        TopKReference.TopK(items, [expected]);
        Assert.Equal(expected.Results, request.Results);
    }
}
#endif
