using Ebb.Engine.Encryption;
using Ebb.Engine.Tests.Recovery;
using Xunit;

namespace Ebb.Engine.Tests.Encryption;

/// <summary>Sealed files: whole or refused.</summary>
public sealed class ExportStreamTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly IDisposable _unlocked;

    public ExportStreamTests()
    {
        EncryptionKey key = EncryptionKey.FromBytes([.. Enumerable.Range(0, 32).Select(index => (byte)index)]);
        _unlocked = EncryptionMark.Unlock(_folder.Path, key, mayCreate: true)!;
    }

    public void Dispose()
    {
        _unlocked.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(200_000)]
    public void Sealed_AnyLength_ReadsBack(int length)
    {
        byte[] plain = Bytes(length);
        string path = Write(plain);
        using Stream read = ExportStream.OpenRead(path, 4096);
        Assert.Equal(length, read.Length);
        byte[] back = new byte[length];
        read.ReadExactly(back);
        Assert.Equal(plain, back);
        Assert.Equal(-1, read.ReadByte());
        if (length > 64)
        {
            Assert.Equal(-1, File.ReadAllBytes(path).AsSpan().IndexOf(plain.AsSpan(0, 32)));
        }
    }

    [Fact]
    public void Sealed_SameBytesTwice_ShareNothing()
    {
        byte[] plain = Bytes(1000);
        byte[] first = File.ReadAllBytes(Write(plain));
        byte[] second = File.ReadAllBytes(Write(plain));
        Assert.NotEqual(first[SealedFormat.HeaderBytes..], second[SealedFormat.HeaderBytes..]);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(20)]
    [InlineData(45)]
    [InlineData(100)]
    [InlineData(70_000)]
    [InlineData(-1)]
    public void Sealed_OneBitChanged_IsRefused(int at)
    {
        string path = Write(Bytes(150_000));
        byte[] file = File.ReadAllBytes(path);
        file[at < 0 ? file.Length + at : at] ^= 1;
        File.WriteAllBytes(path, file);
        Assert.Throws<IOException>(() => ReadAll(path));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(SealedFormat.HeaderBytes)]
    [InlineData(SealedFormat.HeaderBytes + SealedFormat.ChunkBytes + SealedFormat.TagBytes)]
    [InlineData(SealedFormat.HeaderBytes + SealedFormat.ChunkBytes + SealedFormat.TagBytes + 5)]
    [InlineData(140_000)]
    public void Sealed_CutShort_IsRefused(int length)
    {
        string path = Write(Bytes(150_000));
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..length]);
        Assert.Throws<IOException>(() => ReadAll(path));
    }

    [Fact]
    public void Sealed_ChunksSwapped_IsRefused()
    {
        string path = Write(Bytes(150_000));
        byte[] file = File.ReadAllBytes(path);
        const int Chunk = SealedFormat.ChunkBytes + SealedFormat.TagBytes;
        byte[] swapped = [.. file[..SealedFormat.HeaderBytes],
            .. file[(SealedFormat.HeaderBytes + Chunk)..(SealedFormat.HeaderBytes + (2 * Chunk))],
            .. file[SealedFormat.HeaderBytes..(SealedFormat.HeaderBytes + Chunk)],
            .. file[(SealedFormat.HeaderBytes + (2 * Chunk))..]];
        File.WriteAllBytes(path, swapped);
        Assert.Throws<IOException>(() => ReadAll(path));
    }

    private static byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        new Random(42).NextBytes(bytes);
        return bytes;
    }

    private static void ReadAll(string path)
    {
        using Stream read = ExportStream.OpenRead(path, 4096);
        read.CopyTo(Stream.Null);
    }

    private string Write(byte[] plain)
    {
        string path = Path.Combine(_folder.Path, Guid.NewGuid().ToString("N"));
        using var file = new ExportStream(path);
        for (int start = 0; start < plain.Length; start += 7001)
        {
            file.Write(plain.AsSpan(start, Math.Min(7001, plain.Length - start)));
        }

        file.Finish();
        return path;
    }
}
