using System.Buffers.Binary;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;

namespace Ebb.Engine.Interest;

/// <summary>
/// Decayed demand per item over the users of one partition: Σ max(w, 0)·2^(−age/h), each as of its own last event.
/// Folded state in stored arithmetic; what is asked of it is summed over partitions at read. The partition's writer
/// changes it under <see cref="Gate"/> (taken once a batch), readers of other threads take the same gate.
/// </summary>
internal sealed class PopulationCounters(IKernelBackend backend, double initialHalfLifeMs)
{
    /// <summary>Well above the rounding of a few hundred fp32 additions.</summary>
    private const float RoundingShare = 1e-5f;

    private static readonly float[] One = [1f];

    private BankShape _shape = new(1, [initialHalfLifeMs]);
    private double _halfLifeMs = initialHalfLifeMs;
    private readonly Dictionary<uint, Counter> _counters = [];

    public Lock Gate { get; } = new();

    public int Count => _counters.Count;

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

        _counters.TryGetValue(itemIndex, out Counter counter);
        Span<float> bank = [counter.Mass, 0];
        if (counter.Mass == 0)
        {
            counter.AsOfMs = timeMs;
        }

        if (timeMs > counter.AsOfMs)
        {
            backend.Decay(_shape, bank, timeMs - counter.AsOfMs);
            counter.AsOfMs = timeMs;
        }

        backend.Accumulate(_shape, bank, counter.AsOfMs - timeMs, weight, One);
        counter.Mass = bank[0];
        _counters[itemIndex] = counter;
    }

    /// <summary>
    /// Takes out what an event added. Equal to rounding to never having added it; what is left below the rounding of
    /// the sums is nobody's demand, and the item goes.
    /// </summary>
    public void Remove(in PopulationShare share)
    {
        if (share.Weight <= 0 || !_counters.TryGetValue(share.ItemIndex, out Counter counter))
        {
            return;
        }

        Span<float> bank = [counter.Mass, 0];
        double ageMs = Math.Max(0, counter.AsOfMs - share.TimeMs);
        backend.Accumulate(_shape, bank, ageMs, -share.Weight, One);
        if (bank[0] <= counter.Mass * RoundingShare)
        {
            _counters.Remove(share.ItemIndex);
            return;
        }

        counter.Mass = bank[0];
        _counters[share.ItemIndex] = counter;
    }

    /// <summary>Mass and moment of an item's counter; zeros where nobody wanted it.</summary>
    public (float Mass, long AsOfMs) Demand(uint itemIndex) =>
        _counters.TryGetValue(itemIndex, out Counter counter) ? (counter.Mass, counter.AsOfMs) : default;

    /// <summary>Adds log2 of each item's demand (so that no age underflows) into <paramref name="demand"/>.</summary>
    public void SumInto(Dictionary<uint, PopulationDemand> demand)
    {
        foreach (var (itemIndex, counter) in _counters)
        {
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
        BinaryPrimitives.WriteInt32LittleEndian(field, _counters.Count);
        output.AddRange(field[..4]);
        foreach (var (itemIndex, counter) in _counters.OrderBy(pair => pair.Key))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(field, itemIndex);
            BinaryPrimitives.WriteSingleLittleEndian(field[4..], counter.Mass);
            BinaryPrimitives.WriteInt64LittleEndian(field[8..], counter.AsOfMs);
            output.AddRange(field);
        }
    }

    public void Read(ref ReadOnlySpan<byte> input)
    {
        _counters.Clear();
        int count = BinaryPrimitives.ReadInt32LittleEndian(input);
        input = input[4..];
        for (int index = 0; index < count; index++)
        {
            _counters[BinaryPrimitives.ReadUInt32LittleEndian(input)] = new Counter
            {
                Mass = BinaryPrimitives.ReadSingleLittleEndian(input[4..]),
                AsOfMs = BinaryPrimitives.ReadInt64LittleEndian(input[8..]),
            };
            input = input[16..];
        }
    }

    private struct Counter
    {
        public float Mass;
        public long AsOfMs;
    }
}
