using System.Text.Json;

namespace Ebb.Engine.Encoders;

/// <summary>What a bundle says of itself in manifest.json. Immutable.</summary>
public sealed record BundleManifest
{
    public const string FileName = "manifest.json";

    /// <summary>The only format there is.</summary>
    public const int FormatKnown = 1;

    private const int CategoryCountMax = 4096;
    private const int WordCountMax = 1024;
    private const int BucketCountMax = 1 << 24;

    public required string Name { get; init; }

    /// <summary>Such as "gru"; for people.</summary>
    public string Architecture { get; init; } = "";

    public required ModelShape Shape { get; init; }

    public required int ItemCount { get; init; }

    public int Opset { get; init; }

    /// <summary>The bundle has a re-ranker.</summary>
    public bool HasReRanker { get; init; }

    /// <summary>Null: it has no item encoder.</summary>
    public ItemEncoderShape? ItemEncoder { get; init; }

    public string Dataset { get; init; } = "";

    /// <summary>Of the data that it was trained on, which weights take over.</summary>
    public string Licence { get; init; } = "";

    /// <summary>By name, as the training measured them.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    /// <summary>SHA-256 in lower-case hex, by file name.</summary>
    public required IReadOnlyDictionary<string, string> Checksums { get; init; }

    /// <exception cref="BundleException">Missing, no JSON, of another format, or out of range.</exception>
    public static BundleManifest Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return Read(document.RootElement, path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BundleException($"{folder} is no model bundle: {failure.Message}", failure);
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException
            or InvalidOperationException or FormatException)
        {
            throw new BundleException($"{path}: {failure.Message}", failure);
        }
    }

    private static BundleManifest Read(JsonElement root, string path)
    {
        int format = root.GetProperty("format").GetInt32();
        if (format != FormatKnown)
        {
            throw new BundleException($"{path}: format {format} is not known; {FormatKnown} is");
        }

        return new BundleManifest
        {
            Name = Text(root, "name"),
            Architecture = Text(root, "architecture"),
            Shape = new ModelShape(
                Whole(root, path, "length_max", SequenceBatch.LengthCountMax), Whole(root, path, "dimension", 1024),
                root.TryGetProperty("categories", out _) ? Whole(root, path, "categories", CategoryCountMax) : 0),
            HasReRanker = ReadReRanker(root, path),
            ItemEncoder = ReadItemEncoder(root, path),
            ItemCount = Whole(root, path, "items", int.MaxValue),
            Opset = root.TryGetProperty("opset", out JsonElement opset) ? opset.GetInt32() : 0,
            Dataset = Text(root, "dataset"),
            Licence = Text(root, "licence"),
            Metrics = root.TryGetProperty("metrics", out JsonElement metrics)
                ? metrics.EnumerateObject().Where(metric => metric.Value.ValueKind == JsonValueKind.Number)
                    .ToDictionary(metric => metric.Name, metric => metric.Value.GetDouble())
                : new Dictionary<string, double>(),
            Checksums = root.GetProperty("sha256").EnumerateObject()
                .ToDictionary(file => file.Name, file => file.Value.GetString() ?? ""),
        };
    }

    private static bool ReadReRanker(JsonElement root, string path)
    {
        if (!root.TryGetProperty("reranker", out JsonElement reranker))
        {
            return false;
        }

        string[] names = [.. reranker.GetProperty("features").EnumerateArray().Select(name => name.GetString() ?? "")];
        return names.SequenceEqual(ReRankFeatures.Names)
            ? true
            : throw new BundleException($"{path}: the re-ranker reads other features than this version has");
    }

    private static ItemEncoderShape? ReadItemEncoder(JsonElement root, string path)
    {
        if (!root.TryGetProperty("item_encoder", out JsonElement item))
        {
            return null;
        }

        var rows = new RowModelShape(
            "word_ids", Whole(item, path, "words_max", WordCountMax), "item_vectors",
            Whole(root, path, "dimension", 1024))
        {
            ReadsNumbers = true,
            RowCountMax = Encoders.ItemEncoder.BatchRowCount,
        };
        return new ItemEncoderShape(rows, Whole(item, path, "buckets", BucketCountMax));
    }

    private static string Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) ? value.GetString() ?? "" : "";

    private static int Whole(JsonElement root, string path, string name, int most)
    {
        int value = root.GetProperty(name).GetInt32();
        return value >= 1 && value <= most
            ? value
            : throw new BundleException($"{path}: {name} {value} is not between 1 and {most}");
    }
}
