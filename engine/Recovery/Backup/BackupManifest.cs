using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ebb.Engine.Log;
using Ebb.Engine.Store.Base;

namespace Ebb.Engine.Recovery.Backup;

/// <summary>
/// What a backup holds: the file <c>BACKUP</c> in its folder, written last, so that a folder without it is none.
/// Immutable; two lines of UTF-8 as <see cref="BaseManifest"/> has them, JSON and <c>crc32c xxxxxxxx</c>.
/// </summary>
public sealed partial record BackupManifest
{
    public const int FormatVersionNow = 1;
    public const string FileName = "BACKUP";

    public int FormatVersion { get; init; } = FormatVersionNow;

    /// <summary>When it was begun, ms since the Unix epoch.</summary>
    public required long CreatedMs { get; init; }

    /// <summary>Of the base in it.</summary>
    public required long Round { get; init; }

    /// <summary>Last sequence of each partition's log, in their order.</summary>
    public required IReadOnlyList<ulong> Sequences { get; init; }

    public required IReadOnlyList<BackupFile> Files { get; init; }

    [JsonIgnore]
    public long Bytes => Files.Sum(file => file.Bytes);

    public static bool IsBackup(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <exception cref="BaseCorruptException">There is none, or it is damaged or of a newer format.</exception>
    public static BackupManifest Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            throw new BaseCorruptException(path, "is not there: the folder is no backup, or one that was not finished");
        }

        byte[] bytes = File.ReadAllBytes(path);
        int lineEnd = Array.IndexOf(bytes, (byte)'\n') + 1;
        if (lineEnd == 0 || !bytes.AsSpan(lineEnd).SequenceEqual(ChecksumLine(bytes.AsSpan(0, lineEnd))))
        {
            throw new BaseCorruptException(path, "fails its checksum; take another backup");
        }

        return Parse(bytes.AsSpan(0, lineEnd), path);
    }

    internal void Write(string folder)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(this, BackupJson.Default.BackupManifest);
        byte[] line = [.. json, (byte)'\n'];
        DurableFile.WriteAtomically(Path.Combine(folder, FileName), [.. line, .. ChecksumLine(line)]);
    }

    private static BackupManifest Parse(ReadOnlySpan<byte> json, string path)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            using var document = JsonDocument.ParseValue(ref reader);
            int version = document.RootElement.GetProperty(nameof(FormatVersion)).GetInt32();
            if (version != FormatVersionNow)
            {
                throw BaseCorruptException.OtherFormat(path, version, FormatVersionNow);
            }

            return document.RootElement.Deserialize(BackupJson.Default.BackupManifest)!;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new BaseCorruptException(path, "is no backup's manifest; take another backup", error);
        }
    }

    private static byte[] ChecksumLine(ReadOnlySpan<byte> line) =>
        Encoding.UTF8.GetBytes($"crc32c {Crc32C.Compute(line):x8}\n");

    // Generated, so that a trimmed build keeps it.
    [JsonSerializable(typeof(BackupManifest))]
    private sealed partial class BackupJson : JsonSerializerContext;
}
