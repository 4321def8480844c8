using System.Runtime.InteropServices;
using Ebb.Engine.Log;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Ebb.Engine.Tests.Log;

public sealed class DirectFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Aligned, and with memory, length or place that a disk refuses: then through the cache, the same bytes.
    [Theory]
    [InlineData(0, 65_536, 4_096)]
    [InlineData(1, 65_536, 4_096)]
    [InlineData(0, 1_000, 4_096)]
    [InlineData(0, 4_096, 17)]
    [InlineData(3, 5, 7)]
    public unsafe void Write_Direct_BytesAreThere(int shift, int length, int offset)
    {
        string path = Path.Combine(_folder.Path, "bytes");
        byte[] expected = new byte[length];
        new Random(42).NextBytes(expected);
        byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)(length + shift), DirectFile.AlignmentBytes);
        try
        {
            Span<byte> bytes = new(memory + shift, length);
            expected.CopyTo(bytes);
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
            DirectFile.Use(file, isDirect: true);
            DirectFile.Write(file, bytes, offset);
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }

        byte[] actual = File.ReadAllBytes(path);
        Assert.Equal(offset + length, actual.Length);
        Assert.Equal(expected, actual[offset..]);
    }

    [Fact]
    public void Write_FailsOtherwise_IsNotTriedAgain()
    {
        string path = Path.Combine(_folder.Path, "bytes");
        File.WriteAllBytes(path, [1]);
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read);
        Assert.Throws<UnauthorizedAccessException>(() => DirectFile.Write(file, [2], 0));
        Assert.Equal([1], File.ReadAllBytes(path));
    }
}
