using Ebb.Engine.Encoders;
using Ebb.Engine.Encoders.Onnx;
using Xunit;

namespace Ebb.Engine.Tests.Encoders;

/// <summary>The real runtime against the plain sum in double, at every shape.</summary>
public sealed class ParityTests
{
    [Fact]
    public void Run_EveryBatchAndLength_IsTheSumInDouble()
    {
        Assert.SkipWhen(BundleFolder.WithoutRuntime is not null, BundleFolder.WithoutRuntime ?? "");
        using var bundle = new BundleFolder();
        using ISequenceModel model = new OnnxModels().Open(
            Path.Combine(bundle.Path, "encoder.onnx"), new ModelShape(BundleFolder.LengthMax, 16), ModelProvider.Cpu);
        var random = new Random(42);
        for (int rows = 1; rows <= SequenceBatch.RowCountMax; rows++)
        {
            int longest = rows % (BundleFolder.LengthMax + 1);
            int[][] sequences = [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(
                0, random.Next(longest + 1)).Select(_ => 1 + random.Next(BundleFolder.ItemCount)).ToArray())];
            Fill(model.Batch, sequences, longest);
            model.Run();
            for (int row = 0; row < rows; row++)
            {
                double[] expected = bundle.Sum(sequences[row]);
                ReadOnlySpan<float> found = model.Batch.Vector(row);
                for (int d = 0; d < expected.Length; d++)
                {
                    Assert.Equal(expected[d], found[d], 1e-5);
                }
            }
        }
    }

    [Fact]
    public void Run_ShapeMetBefore_AllocatesNothing()
    {
        Assert.SkipWhen(BundleFolder.WithoutRuntime is not null, BundleFolder.WithoutRuntime ?? "");
        using var bundle = new BundleFolder();
        using ISequenceModel model = new OnnxModels().Open(
            Path.Combine(bundle.Path, "encoder.onnx"), new ModelShape(BundleFolder.LengthMax, 16), ModelProvider.Cpu);
        int[][] sequences = [[1, 2, 3]];
        for (int round = 0; round < 50; round++)
        {
            Fill(model.Batch, sequences, 3);
            model.Run();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 100; round++)
        {
            Fill(model.Batch, sequences, 3);
            model.Run();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Fill(SequenceBatch batch, int[][] sequences, int longest)
    {
        batch.Begin(sequences.Length, longest);
        for (int row = 0; row < sequences.Length; row++)
        {
            batch.Lengths[row] = sequences[row].Length;
            for (int place = 0; place < sequences[row].Length; place++)
            {
                batch.ItemIds[(row * batch.Length) + place] = sequences[row][place];
            }
        }
    }
}
