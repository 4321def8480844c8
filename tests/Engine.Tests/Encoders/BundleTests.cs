using System.Text;
using System.Text.Json.Nodes;
using Ebb.Engine.Encoders;
using Ebb.Engine.Encoders.Onnx;
using Xunit;

namespace Ebb.Engine.Tests.Encoders;

public sealed class BundleTests
{
    /// <summary>An item that is in no row of the reference batch.</summary>
    private const int OfNoReference = 40;

    /// <summary>What is done to a sound bundle, and a word that the refusal must have.</summary>
    public static TheoryData<string, string> Damages { get; } = new()
    {
        { "not onnx", "encoder.onnx" },
        { "unknown opset", "encoder.onnx" },
        { "external file missing", "encoder.onnx" },
        { "weights are no numbers", "gives no number" },
        { "wrong input type", "'item_ids' is Float" },
        { "unknown input", "input 'colour' is not known" },
        { "no output", "has no output 'user_vectors'" },
        { "dimension", "dimensions" },
    };

    public static TheoryData<string, string> FileDamages { get; } = new()
    {
        { "no manifest", "no model bundle" },
        { "manifest no json", "manifest.json" },
        { "format", "format 2 is not known" },
        { "checksum", "is not the file" },
        { "no checksum", "has no checksum of encoder.onnx" },
        { "path in checksum", "no name of a file" },
        { "file missing", "item_vectors.npy" },
        { "not npy", "no .npy file" },
        { "vector is no number", "no number" },
        { "vectors cut", "bytes of vectors" },
        { "ids twice", "twice" },
        { "ids too few", "has 59 ids" },
        { "reference wrong", "was expected" },
        { "reference no json", "reference.json" },
        { "reference shape", "shape" },
    };

    [Fact]
    public void Load_SoundBundle_IsWarmAndDescribed()
    {
        Assert.SkipWhen(BundleFolder.WithoutRuntime is not null, BundleFolder.WithoutRuntime ?? "");
        using var bundle = new BundleFolder();
        using SequenceEncoder encoder = bundle.Load();
        Assert.Contains("'sum'", encoder.Describe(), StringComparison.Ordinal);
        Assert.Contains("on CPU", encoder.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_CudaAskedForAndNotThere_TakesTheCpuAndSaysWhy()
    {
        Assert.SkipWhen(BundleFolder.WithoutRuntime is not null, BundleFolder.WithoutRuntime ?? "");
        using var bundle = new BundleFolder();
        using var encoder = SequenceEncoder.Load(bundle.Path, new OnnxModels(), ModelProvider.Cuda);
        Assert.SkipWhen(encoder.Provider == "CUDA", "this machine has CUDA");
        Assert.StartsWith("CPU (CUDA was asked for", encoder.Provider, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public void Load_ModelDamaged_IsRefusedInOneLine(string damage, string word)
    {
        Assert.SkipWhen(BundleFolder.WithoutRuntime is not null, BundleFolder.WithoutRuntime ?? "");
        using var sound = new BundleFolder();
        float[][] vectors = sound.Vectors;
        using var bundle = new BundleFolder(damage switch
        {
            "unknown opset" => new OnnxWriter(vectors) { Opset = 9999 },
            "external file missing" => new OnnxWriter(vectors) { ExternalFile = "gone.bin" },
            "weights are no numbers" => new OnnxWriter(
                [.. vectors[..OfNoReference], Spoilt(vectors[OfNoReference]), .. vectors[(OfNoReference + 1)..]]),
            "wrong input type" => new OnnxWriter(vectors) { WithFloatIds = true },
            "unknown input" => new OnnxWriter(vectors) { ExtraInput = "colour" },
            "no output" => new OnnxWriter(vectors) { OutputName = "vectors_of_users" },
            "dimension" => new OnnxWriter([.. vectors.Select(row => row[..^1])]),
            _ => null,
        });
        if (damage == "not onnx")
        {
            bundle.Write("encoder.onnx", "this is no model"u8.ToArray());
            bundle.Seal();
        }

        AssertRefused(word, () => bundle.Load());
    }

    [Theory]
    [MemberData(nameof(FileDamages))]
    public void Load_FilesDamaged_IsRefusedInOneLine(string damage, string word)
    {
        using var bundle = new BundleFolder();
        Damage(bundle, damage);
        AssertRefused(word, () => bundle.LoadAnyhow());
    }

    [Fact]
    public void Load_Refused_ClosesTheModel()
    {
        using var bundle = new BundleFolder();
        bundle.WriteReference(error: 0.01);
        bundle.Seal();
        var models = new SummingModels(bundle.Vectors);
        Assert.Throws<BundleException>(() => bundle.LoadAnyhow(models));
        Assert.True(models.IsDisposed);
    }

    private static void Damage(BundleFolder bundle, string damage)
    {
        switch (damage)
        {
            case "no manifest":
                File.Delete(Path.Combine(bundle.Path, "manifest.json"));
                return;
            case "manifest no json":
                bundle.Write("manifest.json", "{"u8.ToArray());
                return;
            case "checksum":
                bundle.Write("item_ids.txt", [.. bundle.Read("item_ids.txt"), (byte)' ']);
                return;
            case "file missing":
                File.Delete(Path.Combine(bundle.Path, "item_vectors.npy"));
                return;
            case "not npy":
                bundle.Write("item_vectors.npy", "no vectors"u8.ToArray());
                break;
            case "vector is no number":
                bundle.WriteVectors(spoilt: float.PositiveInfinity);
                break;
            case "vectors cut":
                bundle.Write("item_vectors.npy", bundle.Read("item_vectors.npy")[..^4]);
                break;
            case "ids twice":
                Replace(bundle, "item_ids.txt", "item-1\n", "item-2\n");
                break;
            case "ids too few":
                Replace(bundle, "item_ids.txt", "item-1\n", "");
                break;
            case "reference wrong":
                bundle.WriteReference(error: 2e-4);
                break;
            case "reference no json":
                bundle.Write("reference.json", "[]"u8.ToArray());
                break;
            case "reference shape":
                Replace(bundle, "reference.json", "\"lengths\":[0,", "\"lengths\":[13,");
                break;
        }

        bundle.Seal(manifest => Change(manifest, damage));
    }

    private static void Change(JsonObject manifest, string damage)
    {
        JsonObject checksums = manifest["sha256"]!.AsObject();
        switch (damage)
        {
            case "format":
                manifest["format"] = 2;
                break;
            case "no checksum":
                checksums.Remove("encoder.onnx");
                break;
            case "path in checksum":
                checksums["../outside"] = "00";
                break;
        }
    }

    private static void Replace(BundleFolder bundle, string name, string from, string to)
    {
        string text = Encoding.UTF8.GetString(bundle.Read(name));
        Assert.Contains(from, text, StringComparison.Ordinal);
        int at = text.IndexOf(from, StringComparison.Ordinal);
        bundle.Write(name, Encoding.UTF8.GetBytes(text[..at] + to + text[(at + from.Length)..]));
    }

    private static float[] Spoilt(float[] row) => [.. row.SkipLast(1), float.NaN];

    private static void AssertRefused(string word, Func<SequenceEncoder> load)
    {
        BundleException refusal = Assert.Throws<BundleException>(load);
        Assert.Contains(word, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);

        // Nor anything that only the runtime's own makers can read.
        Assert.DoesNotContain("ErrorCode", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("onnxruntime_src", refusal.Message, StringComparison.Ordinal);
    }
}
