#if EBB_ILGPU
using Ebb.Kernels.Decay;
using ILGPU.Runtime;

namespace Ebb.Kernels.Gpu;

/// <summary>The shapes that batches name, kept on the device while they are in use. The device's thread.</summary>
internal sealed class GpuShapes(Accelerator accelerator) : IDisposable
{
    // One is in force; a second while users are made anew. A new one comes with a new memory schema, rarely.
    private const int CountMax = 4;

    private readonly List<GpuBankShape> _shapes = [];

    public GpuBankShape Of(BankShape shape)
    {
        GpuBankShape? found = _shapes.Find(known => ReferenceEquals(known.Shape, shape));
        if (found is not null)
        {
            return found;
        }

        if (_shapes.Count == CountMax)
        {
            // A batch in the other slot may still read it.
            accelerator.Synchronize();
            _shapes[0].Dispose();
            _shapes.RemoveAt(0);
        }

        found = new GpuBankShape(accelerator, shape);
        _shapes.Add(found);
        return found;
    }

    public void Dispose() => _shapes.ForEach(shape => shape.Dispose());
}
#endif
