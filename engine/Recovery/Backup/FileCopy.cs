using System.Security.Cryptography;
using Ebb.Engine.Log;

namespace Ebb.Engine.Recovery.Backup;

/// <summary>Copies and sums of whole files. Stateless.</summary>
internal static class FileCopy
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>Copies durably; returns length and SHA-256 of what was written.</summary>
    public static (long Bytes, string Sha256) Copy(string source, string target, CancellationToken cancellation)
    {
        DurableFile.CreateDirectory(Path.GetDirectoryName(target)!);
        using FileStream reader = OpenRead(source);
        using var writer = new MediumStream(target);
        (long, string) sum = Pass(reader, writer, cancellation);
        writer.Sync();
        return sum;
    }

    public static (long Bytes, string Sha256) Sum(string path, CancellationToken cancellation)
    {
        using FileStream reader = OpenRead(path);
        return Pass(reader, Stream.Null, cancellation);
    }

    private static (long Bytes, string Sha256) Pass(Stream reader, Stream writer, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] chunk = new byte[ChunkBytes];
        long bytes = 0;
        int read;
        while ((read = reader.Read(chunk)) > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(chunk, 0, read);
            writer.Write(chunk, 0, read);
            bytes += read;
        }

        return (bytes, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private static FileStream OpenRead(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
}
