using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ebb.Engine.Log;

namespace Ebb.Engine.Store.Base;

/// <summary>
/// Which base files make up the state: the one file that says so, <c>MANIFEST</c> in the engine folder. Immutable; two
/// lines of UTF-8, the JSON of these properties and <c>crc32c xxxxxxxx</c> of the first line with its line feed.
/// Invariant: whatever the durable manifest names exists; files of an earlier round go only after it is durable.
/// </summary>
public sealed partial record BaseManifest
{
    public const int FormatVersionNow = 1;
    public const string FileName = "MANIFEST";
    public const string BaseFolder = "base";

    public int FormatVersion { get; init; } = FormatVersionNow;

    public required int Dimension { get; init; }

    public required int PartitionCount { get; init; }

    /// <summary>The memory schema as the engine writes it; opaque here.</summary>
    public required string SchemaJson { get; init; }

    /// <summary>The schema that the bases' is being changed to; null: none.</summary>
    public string? NextSchemaJson { get; init; }

    /// <summary>Counts publications, from 1.</summary>
    public required long Round { get; init; }

    /// <summary>The catalogue's base, relative to the engine folder; null: none yet.</summary>
    public string? CatalogueFile { get; init; }

    public ulong CatalogueGeneration { get; init; }

    /// <summary>One a partition, in their order.</summary>
    public required IReadOnlyList<PartitionBase> Partitions { get; init; }

    /// <summary>Parts of the logs that are still to be erased; null: none.</summary>
    public IReadOnlyList<Recovery.PendingErasure>? Erasures { get; init; }

    /// <summary>A name that no other round uses, relative to the engine folder.</summary>
    public static string PartitionFileName(int partition, long round) =>
        $"{BaseFolder}/p{partition:D3}-r{round:D8}.base";

    /// <summary>Reads a folder's manifest; null where there is none, which is a new folder.</summary>
    /// <exception cref="BaseCorruptException">It is damaged or of a newer format.</exception>
    public static BaseManifest? Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        byte[] bytes = File.ReadAllBytes(path);
        int lineEnd = Array.IndexOf(bytes, (byte)'\n') + 1;
        if (lineEnd == 0 || !bytes.AsSpan(lineEnd).SequenceEqual(ChecksumLine(bytes.AsSpan(0, lineEnd))))
        {
            throw Damaged(path, "fails its checksum", null);
        }

        return Parse(bytes.AsSpan(0, lineEnd), path);
    }

    /// <summary>
    /// Makes this the folder's manifest, durably, then removes the files that the one before named and this does not.
    /// One before that rotted meanwhile is replaced all the same: what this names is whole.
    /// </summary>
    public void Publish(string folder)
    {
        if (Partitions.Count != PartitionCount)
        {
            throw new InvalidOperationException($"{Partitions.Count} bases for {PartitionCount} partitions");
        }

        DurableFile.WriteAtomically(Path.Combine(folder, FileName), ToBytes());
        RemoveUnpublished(folder, this);
    }

    /// <summary>Names, durably, the schema that a folder changes to.</summary>
    public static void PublishSchema(string folder, string json)
    {
        BaseManifest now = Read(folder)
            ?? throw new InvalidOperationException("a folder without a manifest has no schema to change");
        DurableFile.WriteAtomically(
            Path.Combine(folder, FileName), (now with { NextSchemaJson = json }).ToBytes());
    }

    /// <summary>Removes base files that the manifest does not name: of a round that never was published.</summary>
    public static void RemoveUnpublished(string folder, BaseManifest? manifest)
    {
        string bases = Path.Combine(folder, BaseFolder);
        if (!Directory.Exists(bases))
        {
            return;
        }

        var named = new HashSet<string>(manifest?.Files() ?? []);
        foreach (string path in Directory.GetFiles(bases))
        {
            string name = Path.GetFileName(path);
            bool isOurs = name.EndsWith(".base", StringComparison.Ordinal)
                || name.EndsWith(".tmp", StringComparison.Ordinal);
            if (isOurs && !named.Contains($"{BaseFolder}/{name}"))
            {
                FileMedium.Of(path).Delete(path);
            }
        }
    }

    internal IEnumerable<string> Files()
    {
        foreach (PartitionBase partition in Partitions)
        {
            yield return partition.File;
        }

        if (CatalogueFile is not null)
        {
            yield return CatalogueFile;
        }
    }

    private byte[] ToBytes()
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(this, ManifestJson.Default.BaseManifest);
        byte[] line = [.. json, (byte)'\n'];
        return [.. line, .. ChecksumLine(line)];
    }

    private static BaseManifest Parse(ReadOnlySpan<byte> json, string path)
    {
        try
        {
            // The version first: a newer one may lack what this build requires.
            var reader = new Utf8JsonReader(json);
            using var document = JsonDocument.ParseValue(ref reader);
            int version = document.RootElement.GetProperty(nameof(FormatVersion)).GetInt32();
            if (version != FormatVersionNow)
            {
                throw BaseCorruptException.OtherFormat(path, version, FormatVersionNow);
            }

            BaseManifest? manifest = document.RootElement.Deserialize(ManifestJson.Default.BaseManifest);
            return manifest is not null && manifest.Partitions.Count == manifest.PartitionCount
                ? manifest
                : throw Damaged(path, "does not name a base for every partition", null);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw Damaged(path, "is not a manifest", error);
        }
    }

    private static byte[] ChecksumLine(ReadOnlySpan<byte> line) =>
        Encoding.UTF8.GetBytes($"crc32c {Crc32C.Compute(line):x8}\n");

    private static BaseCorruptException Damaged(string path, string what, Exception? inner) =>
        new(path, $"{what}; {BaseCorruptException.Remedy}", inner);

    // Generated, so that a trimmed build keeps it.
    [JsonSerializable(typeof(BaseManifest))]
    private sealed partial class ManifestJson : JsonSerializerContext;
}
