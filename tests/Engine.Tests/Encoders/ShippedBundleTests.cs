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
    public void Reference_HoldsEveryLengthUpToTheLongest()
    {
        var bundle = ModelBundle.Read(Folder);
        Assert.Equal(
            Enumerable.Range(0, bundle.Manifest.Shape.LengthMax + 1), bundle.Reference.Lengths.Distinct().Order());
        Assert.Contains("CC BY 4.0", bundle.Manifest.Licence, StringComparison.Ordinal);
    }
}
