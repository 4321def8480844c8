using System.Runtime.CompilerServices;
using FASTER.core;

namespace Ebb.Engine.Store.Spill;

/// <summary>
/// Lengths of keys and values in FASTER's log. The initial length is how much a disk read fetches before it knows
/// better: ours covers a whole record, so that one spilled user costs one read and not two.
/// </summary>
internal sealed unsafe class SpillLength(int initialBytes) : IVariableLengthStruct<SpanByte>
{
    public int GetInitialLength() => sizeof(int) + initialBytes;

    public int GetLength(ref SpanByte value) => sizeof(int) + value.Length;

    public void Serialize(ref SpanByte source, void* destination) => source.CopyTo((byte*)destination);

    // SAFETY: FASTER hands in the address of a length-prefixed value inside a page or a read buffer of its own.
    public ref SpanByte AsRef(void* source) => ref Unsafe.AsRef<SpanByte>(source);

    public void Initialize(void* source, void* end) =>
        *(int*)source = (int)((byte*)end - (byte*)source) - sizeof(int);
}
