using System.Buffers.Binary;
using System.Security.Cryptography;
using Ebb.Engine.Log;

namespace Ebb.Engine.Encryption;

/// <summary>
/// A file that is written once, front to back, in chunks of AES-256-GCM under a key of its own. The nonce counts the
/// chunks and marks the last, so that chunks that were moved, taken away or cut off do not pass; the header is
/// authenticated with each. Stateless.
/// <code>
/// offset size field
///      0    8 magic "EBBSEAL1"
///      8    4 plain bytes of a chunk (65,536)
///     12   32 salt of the file's key
///     44    4 CRC-32C over bytes 0..43
///     48      chunks: ciphertext and a tag of 16 bytes; all but the last are full
/// </code>
/// </summary>
internal static class SealedFormat
{
    public const int HeaderBytes = 48;
    public const int ChunkBytes = 65_536;
    public const int TagBytes = 16;
    public const int NonceBytes = 12;

    private const int SaltBytes = 32;
    private const int SaltOffset = 12;
    private const int ChecksumOffset = 44;

    private static ReadOnlySpan<byte> Magic => "EBBSEAL1"u8;

    public static byte[] NewHeader()
    {
        byte[] header = new byte[HeaderBytes];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), ChunkBytes);
        RandomNumberGenerator.Fill(header.AsSpan(SaltOffset, SaltBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(
            header.AsSpan(ChecksumOffset), Crc32C.Compute(header.AsSpan(0, ChecksumOffset)));
        return header;
    }

    /// <exception cref="IOException">It is no header.</exception>
    public static void Check(ReadOnlySpan<byte> header)
    {
        if (!header.StartsWith(Magic[..7]))
        {
            throw new IOException("it is not encrypted as its folder is");
        }

        if (!header.StartsWith(Magic))
        {
            throw new IOException("its encryption is of another format; use the build that wrote it or a newer one");
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(header[ChecksumOffset..])
                != Crc32C.Compute(header[..ChecksumOffset])
            || BinaryPrimitives.ReadInt32LittleEndian(header[8..]) != ChunkBytes)
        {
            throw new IOException("the header of its encryption is damaged");
        }
    }

    public static AesGcm Cipher(FolderCipher folder, ReadOnlySpan<byte> header) =>
        new(folder.ExportKey(header.Slice(SaltOffset, SaltBytes)), TagBytes);

    public static void WriteNonce(Span<byte> nonce, long chunk, bool isLast)
    {
        BinaryPrimitives.WriteInt64LittleEndian(nonce, chunk);
        BinaryPrimitives.WriteInt32LittleEndian(nonce[8..], isLast ? 1 : 0);
    }
}
