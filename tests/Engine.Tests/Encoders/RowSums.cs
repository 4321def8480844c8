using Ebb.Engine.Encoders;

namespace Ebb.Engine.Tests.Encoders;

/// <summary>
/// Models of rows without ONNX Runtime. A re-ranker: minus the score, so the order turns round. An item encoder: column
/// d is how many words fell on a bucket that is d modulo D.
/// </summary>
internal sealed class RowSums(RowModelShape shape) : IRowModel
{
    public RowModelShape Shape => shape;

    public IRowLane NewLane() => new Lane(shape);

    public void Dispose()
    {
    }

    public static float[] Of(IEnumerable<long> words, int dimension)
    {
        float[] sums = new float[dimension];
        foreach (long word in words.Where(word => word > 0))
        {
            sums[word % dimension]++;
        }

        return sums;
    }

    private sealed class Lane(RowModelShape shape) : IRowLane
    {
        public float[] Inputs { get; } = new float[shape.ReadsNumbers ? 0 : shape.RowCountMax * shape.InputWidth];

        public long[] Numbers { get; } = new long[shape.ReadsNumbers ? shape.RowCountMax * shape.InputWidth : 0];

        public float[] Output { get; } = new float[shape.RowCountMax * shape.OutputWidth];

        public void Run(int rowCount)
        {
            for (int row = 0; row < rowCount; row++)
            {
                Span<float> output = Output.AsSpan(row * shape.OutputWidth, shape.OutputWidth);
                if (shape.ReadsNumbers)
                {
                    Of(Numbers.AsSpan(row * shape.InputWidth, shape.InputWidth).ToArray(), shape.OutputWidth)
                        .CopyTo(output);
                }
                else
                {
                    output[0] = -Inputs[row * shape.InputWidth];
                }
            }
        }
    }
}
