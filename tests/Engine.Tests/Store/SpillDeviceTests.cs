using System.Runtime.InteropServices;
using Ebb.Engine.Store.Spill;
using Microsoft.Win32.SafeHandles;
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
    public void Read_WhatTheSystemHoldsInMemory_CallsBackBeforeItReturns()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("probe"), Pattern());
        using (SafeFileHandle probe = File.OpenHandle(folder.File("probe")))
        {
            // Linux alone has such reads, and not on every file system.
            Assert.SkipUnless(
                CachedRead.TryRead(probe, new byte[SpillDevice.BlockBytes], 0), "no reads here that never wait");
        }

        using var device = new SpillDevice(folder.File("p"));
        device.Initialize(SegmentBytes);
        Span<byte> block = NewBlock();
        WriteOne(device, block);
        block.Clear();
        int caller = Environment.CurrentManagedThreadId;
        int called = -1;
        device.ReadAsync(0, 0, Address(block), SpillDevice.BlockBytes, Callback, new object());

        Assert.Equal(caller, called);
        Assert.Equal(Pattern(), block.ToArray());
        NativeMemory.AlignedFree((void*)Address(block));

        void Callback(uint errorCode, uint bytes, object context) => called = Environment.CurrentManagedThreadId;
    }

    [Fact]
    public void Read_EachCallbackAsksForTheNext_OnlySoDeepOnOneStack()
    {
        const int Reads = 100_000;
        using var folder = new TemporaryFolder();
        using var device = new SpillDevice(folder.File("p"));
        device.Initialize(SegmentBytes);
        Span<byte> block = NewBlock();
        WriteOne(device, block);
        nint address = Address(block);
        using var done = new ManualResetEventSlim();
        int left = Reads;
        Callback(0, 0, new object());
        done.Wait(TestContext.Current.CancellationToken);
        device.Drain();

        Assert.Equal(Pattern(), block.ToArray());
        Assert.Equal(0, device.ReadFaultCount);
        NativeMemory.AlignedFree((void*)address);

        void Callback(uint errorCode, uint bytes, object context)
        {
            if (left-- == 0)
            {
                done.Set();
            }
            else
            {
                device.ReadAsync(0, 0, address, SpillDevice.BlockBytes, Callback, context);
            }
        }
    }

    [Fact]
    public void Read_BlockChangedOnDisk_ReadsZerosAndSaysSo()
    {
        using var folder = new TemporaryFolder();
        using var device = new SpillDevice(folder.File("p"));
        device.Initialize(SegmentBytes);
        Span<byte> block = NewBlock();
        WriteOne(device, block);
        using (FileStream file = new(
            Directory.GetFiles(folder.File("p")).Single(), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            file.Position = 17;
            int was = file.ReadByte();
            file.Position = 17;
            file.WriteByte((byte)(was ^ 1));
        }

        device.ReadAsync(0, 0, Address(block), SpillDevice.BlockBytes, (_, _, _) => { }, new object());
        device.Drain();

        Assert.Equal(new byte[SpillDevice.BlockBytes], block.ToArray());
        Assert.Equal(1, device.ReadFaultCount);
        Assert.Contains("other than it was written", device.ReadFault, StringComparison.Ordinal);
        NativeMemory.AlignedFree((void*)Address(block));
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

    private static void WriteOne(SpillDevice device, Span<byte> block)
    {
        Pattern().CopyTo(block);
        device.WriteAsync(Address(block), 0, 0, SpillDevice.BlockBytes, (_, _, _) => { }, new object());
        device.Drain();
    }

    private static Span<byte> NewBlock() =>
        new(NativeMemory.AlignedAlloc(SpillDevice.BlockBytes, SpillDevice.BlockBytes), SpillDevice.BlockBytes);

    private static byte[] Pattern() => [.. Enumerable.Range(0, SpillDevice.BlockBytes).Select(at => (byte)(at * 31))];

    private static nint Address(Span<byte> native) =>
        (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetReference(native));
}
