#if EBB_ILGPU
using Ebb.Kernels.Decay;
using ILGPU;
using ILGPU.Runtime;

namespace Ebb.Kernels.Gpu;

/// <summary>A bank's shape in device memory: half-lives, rates and Exp2's table. The device's thread.</summary>
internal sealed class GpuBankShape : IDisposable
{
    private readonly List<MemoryBuffer> _buffers = [];
    private readonly Accelerator _accelerator;

    public GpuBankShape(Accelerator accelerator, BankShape shape)
    {
        _accelerator = accelerator;
        Shape = shape;
        View = new GpuBankView
        {
            HalfLives = Constant(shape.HalfLivesMs.ToArray()),
            Rates = shape.DimensionRates.IsEmpty ? 0 : Constant(shape.DimensionRates.ToArray()),
            Table = Constant([.. Words(Exp2.StepHigh), .. Words(Exp2.StepLow)]),
            Dimension = shape.Dimension,
            HalfLifeCount = shape.HalfLifeCount,
        };
    }

    public BankShape Shape { get; }

    public GpuBankView View { get; }

    public void Dispose() => _buffers.ForEach(buffer => buffer.Dispose());

    private static double[] Words(ReadOnlySpan<ulong> words)
    {
        double[] values = new double[words.Length];
        for (int at = 0; at < words.Length; at++)
        {
            values[at] = BitConverter.UInt64BitsToDouble(words[at]);
        }

        return values;
    }

    private long Constant(double[] values)
    {
        MemoryBuffer1D<double, Stride1D.Dense> buffer = _accelerator.Allocate1D(values);
        _buffers.Add(buffer);
        return buffer.NativePtr;
    }
}
#endif
