using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Encoders;
using Ebb.Engine.Encoders.Onnx;
using Ebb.Engine.Tests.Log;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Encoders;

/// <summary>
/// A bundle of the summing model over the fixture's items, in a folder of its own. The model's reference is the plain
/// sum in double. Removed with all it holds.
/// </summary>
internal sealed class BundleFolder : IDisposable
{
    public const int ItemCount = 60;
    public const int LengthMax = 12;
    public const int CategoryCount = 5;
    public const int WordsMax = 6;
    public const int BucketCount = 997;

    private readonly TemporaryFolder _folder = new();
    private readonly List<BundlePart> _parts = [];

    public BundleFolder(OnnxWriter? model = null)
    {
        Vectors = [.. Items(ItemCount, seed: 7).Select(item => item.Vector.ToArray())];
        Write("encoder.onnx", (model ?? new OnnxWriter(Vectors)).Write());
        WriteVectors();
        Write("item_ids.txt", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, ItemCount).Select(
            item => ItemId(item) + "\n"))));
        WriteReference();
        Seal();
    }

    /// <summary>What goes into the model; items of the catalogue have other vectors.</summary>
    public float[][] Vectors { get; }

    public string Path => _folder.Path;

    /// <summary>A reason to skip, or null.</summary>
    public static string? WithoutRuntime { get; } =
        new OnnxModels() is { IsThere: false } missing ? missing.Description : null;

    public SequenceEncoder Load() => SequenceEncoder.Load(Path, new OnnxModels());

    /// <summary>The same where this build has no ONNX Runtime: the model's arithmetic without its file.</summary>
    public SequenceEncoder LoadAnyhow(SummingModels? models = null) =>
        SequenceEncoder.Load(Path, models ?? new SummingModels(Vectors));

    public ItemPut[] ItemsOfTheModel() =>
        [.. Vectors.Select((vector, item) => new ItemPut(ItemId(item), vector) { Category = "c" + (item % 5) })];

    /// <summary>
    /// Head, re-ranker and item encoder; their .onnx are no models, so the runtime must be <see cref="SummingModels"/>.
    /// </summary>
    public BundleFolder WithParts()
    {
        Write("categories.txt", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, CategoryCount).Select(
            category => $"c{category}\n"))));
        Write("reranker.onnx", [1]);
        Write("item_encoder.onnx", [2]);
        float[] features = [.. ReRankFeatures.Names.Select((_, at) => at + 0.5f)];
        WriteRows("reranker_reference.json", features.Select(value => (double)value), [-features[0]]);
        long[] words = new long[WordsMax];
        words[0] = 5;
        words[1] = 21;
        WriteRows("item_reference.json", words.Select(word => (double)word), RowSums.Of(words, Dimension));
        _parts.Clear();
        _parts.Add(new BundlePart("categories", CategoryCount, ["categories.txt"]));
        _parts.Add(new BundlePart("reranker", new JsonObject
        {
            ["features"] = new JsonArray([.. ReRankFeatures.Names.Select(name => (JsonNode)name)]),
        }, ["reranker.onnx", "reranker_reference.json"]));
        _parts.Add(new BundlePart("item_encoder", new JsonObject
        {
            ["words_max"] = WordsMax,
            ["buckets"] = BucketCount,
        }, ["item_encoder.onnx", "item_reference.json"]));
        WriteReference();
        Seal();
        return this;
    }

    /// <summary>A change tree beside the model, or what passes for one.</summary>
    public BundleFolder WithTree(string json)
    {
        Write("portrait.json", Encoding.UTF8.GetBytes(json));
        _parts.Add(new BundlePart("portrait", true, ["portrait.json"]));
        Seal();
        return this;
    }

    public void WriteRows(string name, IEnumerable<double> inputs, float[] expected) =>
        Write(name, JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
        {
            ["inputs"] = new[] { inputs.ToArray() },
            ["expected"] = new[] { expected },
        }));

    public void Write(string name, byte[] bytes) => File.WriteAllBytes(System.IO.Path.Combine(Path, name), bytes);

    public byte[] Read(string name) => File.ReadAllBytes(System.IO.Path.Combine(Path, name));

    /// <summary>A manifest that fits the files, with what is to be otherwise.</summary>
    public void Seal(Action<JsonObject>? change = null)
    {
        string[] files =
        [
            "encoder.onnx", "item_vectors.npy", "item_ids.txt", "reference.json",
            .. _parts.SelectMany(part => part.Files),
        ];
        var manifest = new JsonObject
        {
            ["format"] = 1,
            ["name"] = "sum",
            ["architecture"] = "sum",
            ["dimension"] = Dimension,
            ["length_max"] = LengthMax,
            ["items"] = ItemCount,
            ["opset"] = 14,
            ["metrics"] = new JsonObject { ["validation_recall20"] = 0.5 },
            ["sha256"] = new JsonObject(files.Select(name => KeyValuePair.Create(
                name, (JsonNode?)Convert.ToHexStringLower(SHA256.HashData(Read(name)))))),
        };
        foreach (BundlePart part in _parts)
        {
            manifest[part.Key] = part.Value.DeepClone();
        }

        change?.Invoke(manifest);
        Write("manifest.json", Encoding.UTF8.GetBytes(manifest.ToJsonString()));
    }

    public void WriteReference(double error = 0)
    {
        int count = LengthMax + 1;
        int[][] rows = [.. Enumerable.Range(0, count).Select(
            length => Enumerable.Range(0, LengthMax)
                .Select(at => at < length ? 1 + (((length * 7) + at) % ItemCount) : 0)
                .ToArray())];
        double[][] expected = [.. rows.Select(row => Sum(row).Select(value => value + error).ToArray())];
        Write("reference.json", JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
        {
            ["item_ids"] = rows,
            ["lengths"] = Enumerable.Range(0, count).ToArray(),
            ["expected"] = expected,
            ["expected_categories"] = rows.Select(row => Head(row)).ToArray(),
        }));
    }

    /// <summary>What the model is to say of events, items by their number from 1 on.</summary>
    public double[] Sum(IEnumerable<int> numbers)
    {
        double[] sum = new double[Dimension];
        foreach (int number in numbers.Where(number => number > 0))
        {
            for (int d = 0; d < Dimension; d++)
            {
                sum[d] += Vectors[number - 1][d];
            }
        }

        return sum;
    }

    /// <summary>The head's logits for the same.</summary>
    public static double[] Head(IEnumerable<int> numbers)
    {
        double[] logits = new double[CategoryCount];
        foreach (int number in numbers.Where(number => number > 0))
        {
            logits[(number - 1) % CategoryCount]++;
        }

        return logits;
    }

    public void WriteVectors(float spoilt = 0)
    {
        string header = string.Create(
            CultureInfo.InvariantCulture,
            $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({ItemCount}, {Dimension}), }}");
        header = header.PadRight(118 - 1) + "\n";
        var stream = new MemoryStream();
        stream.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0]);
        stream.Write(Encoding.Latin1.GetBytes(header));
        foreach (float value in Vectors.SelectMany(row => row).SkipLast(1).Append(
            spoilt == 0 ? Vectors[^1][^1] : spoilt))
        {
            stream.Write(BitConverter.GetBytes(value));
        }

        Write("item_vectors.npy", stream.ToArray());
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A key of the manifest, and the files that come with it.</summary>
    private sealed record BundlePart(string Key, JsonNode Value, string[] Files);
}
