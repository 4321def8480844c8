using System.Security.Cryptography;
using Ebb.Engine.Encryption;
using Ebb.Engine.Tests.Recovery;
using Xunit;

namespace Ebb.Engine.Tests.Encryption;

/// <summary>The three ciphers, each against the plainest reference there is.</summary>
public sealed class CipherTests
{
    [Fact]
    public void Hide_VectorOfTheStandard_IsItsCiphertext()
    {
        // IEEE 1619-2007, vector 10: AES-256, data unit ff, bytes 00 to ff twice.
        byte[] key = Convert.FromHexString(
            "27182818284590452353602874713526624977572470936999595749669676273141592653589793238462643383279502884197"
            + "169399375105820974944592");
        byte[] plain = [.. Enumerable.Range(0, 512).Select(index => (byte)index)];
        byte[] hidden = new byte[512];
        using var cipher = new SectorCipher(key);
        cipher.Hide(plain, hidden, 0xff * 512);
        Assert.Equal(
            "1c3b3a102f770386e4836c99e370cf9bea00803f5e482357a4ae12d414a3e63b",
            Convert.ToHexStringLower(hidden.AsSpan(0, 32)));
        cipher.Show(hidden, 0xff * 512);
        Assert.Equal(plain, hidden);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(200)]
    public void Hide_ManySectors_IsTheReferenceBlockByBlock(int sectors)
    {
        var random = new Random(42);
        byte[] key = new byte[SectorCipher.KeyBytes];
        byte[] plain = new byte[sectors * 512];
        random.NextBytes(key);
        random.NextBytes(plain);
        byte[] hidden = new byte[plain.Length];
        using var cipher = new SectorCipher(key);
        cipher.Hide(plain, hidden, 7 * 512);
        Assert.Equal(Reference(key, plain, 7), hidden);
        cipher.Show(hidden, 7 * 512);
        Assert.Equal(plain, hidden);
    }

    [Fact]
    public void Show_SectorOfZeros_IsAHole()
    {
        using var cipher = new SectorCipher(new byte[SectorCipher.KeyBytes].Select((_, at) => (byte)at).ToArray());
        byte[] sectors = new byte[3 * 512];
        cipher.Hide(new byte[512], sectors.AsSpan(512, 512), 512);
        Assert.True(sectors.AsSpan(512, 512).ContainsAnyExcept((byte)0));
        cipher.Show(sectors, 0);
        Assert.Equal(new byte[3 * 512], sectors);
    }

    [Fact]
    public void Read_AnyPlaceOfAFile_IsWhatWasWrittenThere()
    {
        using var folder = new TemporaryFolder();
        byte[] plain = new byte[5000];
        new Random(42).NextBytes(plain);
        byte[] key = RandomNumberGenerator.GetBytes(SectorCipher.KeyBytes);
        using var cipher = new SectorCipher(key);
        string path = Path.Combine(folder.Path, "sectors");
        using (var file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite))
        {
            SectorFile.Write((path, file), cipher, plain, 1024);
            Assert.Equal(1024 + 5120, RandomAccess.GetLength(file));
            foreach ((int offset, int length) in new[] { (1024, 5000), (1025, 1), (1500, 600), (6000, 24) })
            {
                byte[] read = new byte[length];
                Assert.Equal(length, SectorFile.Read(file, cipher, read, offset));
                Assert.Equal(plain[(offset - 1024)..(offset - 1024 + length)], read);
            }

            // Behind the last whole sector is nothing, also where a write was cut short.
            RandomAccess.Write(file, new byte[100], 6144);
            byte[] beyond = new byte[1000];
            Assert.Equal(244, SectorFile.Read(file, cipher, beyond, 5900));
            Assert.Equal(0, SectorFile.Read(file, cipher, beyond, 6144));
            Assert.Equal(0, SectorFile.Read(file, cipher, beyond, 90_000));
        }
    }

    [Fact]
    public void Apply_InPieces_IsTheSameStreamAndHides()
    {
        using var cipher = new ScratchCipher();
        byte[] plain = new byte[1000];
        new Random(42).NextBytes(plain);
        byte[] whole = [.. plain];
        cipher.Apply(whole, 48);
        Assert.NotEqual(plain, whole);
        foreach ((int start, int length) in new[] { (0, 7), (7, 16), (23, 500), (523, 477) })
        {
            cipher.Apply(whole.AsSpan(start, length), 48 + start);
        }

        Assert.Equal(plain, whole);
    }

    // Sector by sector and block by block, the tweak doubled bit by bit.
    private static byte[] Reference(byte[] key, byte[] plain, int firstSector)
    {
        using var data = Aes.Create();
        using var tweaks = Aes.Create();
        data.Key = key[..32];
        tweaks.Key = key[32..];
        byte[] hidden = new byte[plain.Length];
        for (int sector = 0; sector < plain.Length / 512; sector++)
        {
            byte[] tweak = new byte[16];
            BitConverter.TryWriteBytes(tweak, (long)(firstSector + sector));
            tweak = tweaks.EncryptEcb(tweak, PaddingMode.None);
            for (int block = 0; block < 32; block++)
            {
                int at = (sector * 512) + (block * 16);
                byte[] work = [.. Enumerable.Range(0, 16).Select(index => (byte)(plain[at + index] ^ tweak[index]))];
                work = data.EncryptEcb(work, PaddingMode.None);
                for (int index = 0; index < 16; index++)
                {
                    hidden[at + index] = (byte)(work[index] ^ tweak[index]);
                }

                int carry = 0;
                for (int index = 0; index < 16; index++)
                {
                    int doubled = (tweak[index] << 1) | carry;
                    tweak[index] = (byte)doubled;
                    carry = doubled >> 8;
                }

                tweak[0] ^= (byte)(carry * 0x87);
            }
        }

        return hidden;
    }
}
