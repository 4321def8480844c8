using Ebb.Engine.Encoders;
using Ebb.Engine.Encoders.Onnx;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Engine.Tests.Encoders;

/// <summary>The bundle that the demo serves: trained, exported and shipped, it says here what it said there.</summary>
public sealed class ShippedBundleTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "host", "Server", "data", "encoder");

    [Fact]
    public void Reference_AtEveryBatchSize_IsAsTrained()
    {
        Assert.SkipWhen(BundleFolder.WithoutRuntime is not null, BundleFolder.WithoutRuntime ?? "");
        var bundle = ModelBundle.Read(Folder);
        using ISequenceModel model = new OnnxModels().Open(
            bundle.EncoderPath, bundle.Manifest.Shape, ModelProvider.Cpu);
        for (int rowCount = 1; rowCount <= SequenceBatch.RowCountMax; rowCount++)
        {
            bundle.Reference.Check(model, rowCount);
        }
    }

    [Fact]
    public void Load_HasHeadAndItemEncoder_AllAsTrained()
    {
        Assert.SkipWhen(BundleFolder.WithoutRuntime is not null, BundleFolder.WithoutRuntime ?? "");
        using SequenceEncoder encoder = SequenceEncoder.Load(Folder, new OnnxModels());
        Assert.True(encoder.HasHead);
        float[][] vectors = encoder.Items!.Encode(["RED RETROSPOT MUG", "RED RETROSPOT BOWL", "DOORMAT WELCOME", "?"]);
        Assert.Empty(vectors[3]);
        Assert.True(Cosine(vectors[0], vectors[1]) > Cosine(vectors[0], vectors[2]));
        Assert.InRange(Directory.GetFiles(Folder).Sum(file => new FileInfo(file).Length), 1, 2 << 20);
    }

    [Fact]
    public void Reference_HoldsEveryLengthUpToTheLongest()
    {
        var bundle = ModelBundle.Read(Folder);
        Assert.Equal(
            Enumerable.Range(0, bundle.Manifest.Shape.LengthMax + 1), bundle.Reference.Lengths.Distinct().Order());
        Assert.Contains("CC BY 4.0", bundle.Manifest.Licence, StringComparison.Ordinal);
    }

    private static double Cosine(float[] left, float[] right)
    {
        double dot = left.Zip(right, (a, b) => (double)a * b).Sum();
        return dot / Math.Sqrt(left.Sum(a => (double)a * a) * right.Sum(b => (double)b * b));
    }
}
