using Ebb.Engine.Encoders;

namespace Ebb.Engine.Tests.Encoders;

/// <summary>
/// The summing model without ONNX Runtime: what serving is tested with in every build. Can be told to fail.
/// </summary>
internal sealed class SummingModels(float[][] vectors) : IModelRuntime
{
    public string Description => "sums";

    public bool IsThere => true;

    /// <summary>Runs from here on throw.</summary>
    public bool Fails { get; set; }

    /// <summary>Runs from here on say what is no number.</summary>
    public bool SaysNothing { get; set; }

    public int RunCount { get; private set; }

    public bool IsDisposed { get; private set; }

    public ISequenceModel Open(string path, ModelShape shape, ModelProvider provider) => new Model(this, shape);

    public IRowModel OpenRows(string path, RowModelShape shape, ModelProvider provider) => new RowSums(shape);

    private sealed class Model(SummingModels owner, ModelShape shape) : ISequenceModel
    {
        public SequenceBatch Batch { get; } = new(shape.LengthMax, shape.Dimension, shape.CategoryCount);

        public string Provider => "sums";

        public bool WantsAges => false;

        public bool WantsTypes => false;

        public void Run()
        {
            owner.RunCount++;
            if (owner.Fails)
            {
                throw new BundleException("it fails");
            }

            for (int row = 0; row < Batch.RowCount; row++)
            {
                owner.Sum(Batch, row);
            }
        }

        public void Dispose() => owner.IsDisposed = true;
    }

    private void Sum(SequenceBatch batch, int row)
    {
        Span<float> output = batch.Output.AsSpan(row * batch.Dimension, batch.Dimension);
        output.Fill(SaysNothing ? float.NaN : 0);
        Span<float> logits = batch.Categories.AsSpan(row * batch.CategoryCount, batch.CategoryCount);
        logits.Clear();
        for (int place = 0; place < batch.Lengths[row]; place++)
        {
            long item = batch.ItemIds[(row * batch.Length) + place];
            for (int d = 0; d < output.Length; d++)
            {
                output[d] += vectors[item - 1][d];
            }

            if (logits.Length > 0)
            {
                // The head: the more of a category's items, the likelier; item i is of category i mod C.
                logits[(int)((item - 1) % logits.Length)] += 1;
            }
        }
    }
}
