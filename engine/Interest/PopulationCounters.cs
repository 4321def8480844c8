using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;

namespace Ebb.Engine.Interest;

/// <summary>
/// Decayed demand per item over the users of one partition: Σ max(w, 0)·2^(−age/h), each as of its own last event.
/// Folded state in stored arithmetic; what is asked of it is summed over partitions at read. The partition's writer
/// changes it under <see cref="Gate"/> (taken once a batch), readers of other threads take the same gate.
/// </summary>
internal sealed class PopulationCounters(IKernelBackend backend, double halfLifeMs)
{
    private static readonly float[] One = [1f];

    private readonly BankShape _shape = new(1, [halfLifeMs]);
    private readonly Dictionary<uint, Counter> _counters = [];

    public Lock Gate { get; } = new();

    public int Count => _counters.Count;

    public void Add(uint itemIndex, float weight, long timeMs)
    {
        if (weight <= 0)
        {
            return;
        }

        ref Counter counter = ref CollectionsMarshal.GetValueRefOrAddDefault(_counters, itemIndex, out _);
        Span<float> bank = [counter.Mass, 0];
        long heldAtMs = counter.Mass == 0 ? timeMs : counter.AsOfMs;
        long asOfMs = Math.Max(heldAtMs, timeMs);
        backend.DecayAccumulate(_shape, bank, new BankStep(asOfMs - heldAtMs, asOfMs - timeMs, weight), One);
        counter.AsOfMs = asOfMs;
        counter.Mass = bank[0];
    }

    /// <summary>Adds log2 of each item's demand (so that no age underflows) into <paramref name="demand"/>.</summary>
    public void SumInto(Dictionary<uint, PopulationDemand> demand)
    {
        foreach (var (itemIndex, counter) in _counters)
        {
            if (counter.Mass > 0)
            {
                double birthLog2 = Math.Log2(counter.Mass) + (counter.AsOfMs / halfLifeMs);
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
