#if EBB_ILGPU
namespace Ebb.Kernels.Gpu;

/// <summary>Four words that travel together: a 16-byte load, or one lane's part of a tensor-core sum.</summary>
internal readonly struct Quad(int x, int y, int z, int w)
{
    public readonly int X = x;
    public readonly int Y = y;
    public readonly int Z = z;
    public readonly int W = w;
}
#endif
