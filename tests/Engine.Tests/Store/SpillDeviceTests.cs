using System.Runtime.InteropServices;
using Ebb.Engine.Store.Spill;
using Xunit;

namespace Ebb.Engine.Tests.Store;

public sealed unsafe class SpillDeviceTests
{
    private const int SegmentBytes = 1 << 20;

    [Fact]
    public void Drain_RequestUnderWay_WaitsForItsCallback()
    {
        using var folder = new TemporaryFolder();
        using var device = new SpillDevice(folder.File("p"));
        device.Initialize(SegmentBytes);
        void* page = NativeMemory.AlignedAlloc(SpillDevice.BlockBytes, SpillDevice.BlockBytes);
        using var entered = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        device.WriteAsync((nint)page, 0, 0, SpillDevice.BlockBytes, Callback, new object());
        entered.Wait(TestContext.Current.CancellationToken);

        var drain = new Thread(device.Drain);
        drain.Start();
        Assert.False(drain.Join(20));
        release.Set();
        drain.Join();
        NativeMemory.AlignedFree(page);

        void Callback(uint errorCode, uint bytes, object context)
        {
            entered.Set();
            release.Wait();
        }
    }

    [Fact]
    public void Write_AfterDispose_MakesNoFile()
    {
        using var folder = new TemporaryFolder();
        var device = new SpillDevice(folder.File("p"));
        device.Initialize(SegmentBytes);
        device.Dispose();
        void* page = NativeMemory.AlignedAlloc(SpillDevice.BlockBytes, SpillDevice.BlockBytes);
        device.WriteAsync((nint)page, 0, 0, SpillDevice.BlockBytes, (_, _, _) => { }, new object());
        device.Drain();
        NativeMemory.AlignedFree(page);

        Assert.NotNull(device.WriteFault);
        Assert.False(Directory.Exists(folder.File("p")));
    }
}
