using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;

namespace Ebb.Engine.Interest;

/// <summary>
/// Decayed demand per item over the users of one partition: Σ max(w, 0)·2^(−age/h), each as of its own last event.
/// Folded state in stored arithmetic; what is asked of it is summed over partitions at read. The partition's writer
/// changes it under <see cref="Gate"/> (taken once a batch), readers of other threads take the same gate. By item index
/// in pages that are made when first needed: 16 bytes an item of a page that has demand.
/// </summary>
internal sealed class PopulationCounters(IKernelBackend backend, double initialHalfLifeMs)
{
    private const int PageShift = 10;
    private const int PageCount = 1 << PageShift;

    /// <summary>Well above the rounding of a few hundred fp32 additions.</summary>
    private const float RoundingShare = 1e-5f;

    private static readonly float[] One = [1f];

    private BankShape _shape = new(1, [initialHalfLifeMs]);
    private double _halfLifeMs = initialHalfLifeMs;
    private Counter[]?[] _pages = [];

    public Lock Gate { get; } = new();

    public int Count { get; private set; }

    /// <summary>Sums stay as they were at their own last event; from there on they decay so.</summary>
    public void SetHalfLife(double halfLifeMs)
    {
        _halfLifeMs = halfLifeMs;
        _shape = new BankShape(1, [halfLifeMs]);
    }

    public void Add(uint itemIndex, float weight, long timeMs)
    {
        if (weight <= 0)
        {
            return;
        }

        ref Counter counter = ref Of(itemIndex);
        Count += counter.IsHeld ? 0 : 1;
        counter.IsHeld = true;
        Span<float> bank = [counter.Mass, 0];
        long heldAtMs = counter.Mass == 0 ? timeMs : counter.AsOfMs;
        long asOfMs = Math.Max(heldAtMs, timeMs);
        backend.DecayAccumulate(_shape, bank, new BankStep(asOfMs - heldAtMs, asOfMs - timeMs, weight), One);
        counter.AsOfMs = asOfMs;
        counter.Mass = bank[0];
    }

    /// <summary>Fetches ahead what Add will touch. For the partition's writer, without the gate.</summary>
    public unsafe void Prefetch(uint itemIndex)
    {
        int page = (int)(itemIndex >> PageShift);
        if (Sse.IsSupported && page < _pages.Length && _pages[page] is { } counters)
        {
            // SAFETY: a prefetch touches nothing.
            Sse.Prefetch0(Unsafe.AsPointer(ref counters[itemIndex & (PageCount - 1)]));
        }
    }

    /// <summary>
    /// Takes out what an event added. Equal to rounding to never having added it; what is left below the rounding of
    /// the sums is nobody's demand, and the item goes.
    /// </summary>
    public void Remove(in PopulationShare share)
    {
        ref Counter counter = ref Of(share.ItemIndex);
        if (share.Weight <= 0 || !counter.IsHeld)
        {
            return;
        }

        Span<float> bank = [counter.Mass, 0];
        double ageMs = Math.Max(0, counter.AsOfMs - share.TimeMs);
        backend.Accumulate(_shape, bank, ageMs, -share.Weight, One);
        if (bank[0] <= counter.Mass * RoundingShare)
        {
            counter = default;
            Count--;
            return;
        }

        counter.Mass = bank[0];
    }

    /// <summary>Adds log2 of each item's demand (so that no age underflows) into <paramref name="demand"/>.</summary>
    public void SumInto(Dictionary<uint, PopulationDemand> demand)
    {
        foreach (uint itemIndex in Held())
        {
            Counter counter = Of(itemIndex);
            if (counter.Mass > 0)
            {
                double birthLog2 = Math.Log2(counter.Mass) + (counter.AsOfMs / _halfLifeMs);
                demand[itemIndex] = demand.TryGetValue(itemIndex, out PopulationDemand sum)
                    ? sum.Plus(birthLog2)
                    : new PopulationDemand(birthLog2);
            }
        }
    }

    public void Write(List<byte> output)
    {
        Span<byte> field = stackalloc byte[16];
        BinaryPrimitives.WriteInt32LittleEndian(field, Count);
        output.AddRange(field[..4]);
        foreach (uint itemIndex in Held())
        {
            Counter counter = Of(itemIndex);
            BinaryPrimitives.WriteUInt32LittleEndian(field, itemIndex);
            BinaryPrimitives.WriteSingleLittleEndian(field[4..], counter.Mass);
            BinaryPrimitives.WriteInt64LittleEndian(field[8..], counter.AsOfMs);
            output.AddRange(field);
        }
    }

    public void Read(ref ReadOnlySpan<byte> input)
    {
        _pages = [];
        Count = BinaryPrimitives.ReadInt32LittleEndian(input);
        input = input[4..];
        for (int index = 0; index < Count; index++)
        {
            Of(BinaryPrimitives.ReadUInt32LittleEndian(input)) = new Counter
            {
                IsHeld = true,
                Mass = BinaryPrimitives.ReadSingleLittleEndian(input[4..]),
                AsOfMs = BinaryPrimitives.ReadInt64LittleEndian(input[8..]),
            };
            input = input[16..];
        }
    }

    // In the order of their indexes, which is that of the bytes written.
    private IEnumerable<uint> Held()
    {
        for (int page = 0; page < _pages.Length; page++)
        {
            for (int index = 0; _pages[page] is { } counters && index < counters.Length; index++)
            {
                if (counters[index].IsHeld)
                {
                    yield return ((uint)page << PageShift) | (uint)index;
                }
            }
        }
    }

    private ref Counter Of(uint itemIndex)
    {
        int page = (int)(itemIndex >> PageShift);
        if (page >= _pages.Length)
        {
            Array.Resize(ref _pages, Math.Max(page + 1, 2 * _pages.Length));
        }

        Counter[] counters = _pages[page] ??= new Counter[PageCount];
        return ref counters[itemIndex & (PageCount - 1)];
    }

    private struct Counter
    {
        public float Mass;
        public bool IsHeld;
        public long AsOfMs;
    }
}
