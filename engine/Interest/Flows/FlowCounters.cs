using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;

namespace Ebb.Engine.Interest.Flows;

/// <summary>
/// The transitions between categories of one partition's users. Folded state in stored arithmetic, by the codes that
/// admission wrote into the entries; what is asked of it is summed over partitions at read. The partition's writer
/// changes it under the gate of its population, readers of other threads take the same gate.
/// </summary>
internal sealed class FlowCounters(IKernelBackend backend)
{
    /// <summary>Pairs that are counted, 80 bytes each; a pair beyond them is dropped and counted so.</summary>
    public const int PairCountMax = 65_536;

    private const int HeadBytes = 12;

    private static readonly float[] One = [1f];

    private readonly Dictionary<ulong, int> _places = [];
    private readonly List<FlowCell> _cells = [];
    private BankShape _shape = new(1, [1, 1, 1, 1]);

    public bool IsOn { get; private set; }

    public bool IsEmpty => _cells.Count == 0 && DroppedCount == 0;

    public ulong DroppedCount { get; private set; }

    public ReadOnlySpan<FlowCell> Cells => CollectionsMarshal.AsSpan(_cells);

    /// <summary>Null: what was counted stays, and nothing more is.</summary>
    public void SetRule(FlowRule? rule)
    {
        IsOn = rule is not null;
        _shape = new BankShape(1, [.. FlowWindows.HalfLivesMs, MemorySchema.HalfLifeMs((rule ?? new()).HalfLife)]);
    }

    public void Add(uint from, uint to, long timeMs)
    {
        if (!IsOn || to == 0)
        {
            return;
        }

        ulong key = FlowCell.KeyOf(from, to);
        if (!_places.TryGetValue(key, out int place))
        {
            if (_cells.Count == PairCountMax)
            {
                DroppedCount++;
                return;
            }

            place = _cells.Count;
            _places.Add(key, place);
            _cells.Add(new FlowCell { From = from, To = to, AsOfMs = timeMs });
        }

        ref FlowCell cell = ref CollectionsMarshal.AsSpan(_cells)[place];
        long asOfMs = Math.Max(cell.AsOfMs, timeMs);

        // A bank of one dimension: sums, then masses; both are the count, and the sums are kept.
        Span<float> bank = stackalloc float[2 * FlowCell.MassCount];
        bank.Clear();
        ((ReadOnlySpan<float>)cell.Masses).CopyTo(bank);
        backend.DecayAccumulate(_shape, bank, new BankStep(asOfMs - cell.AsOfMs, asOfMs - timeMs, 1f), One);
        bank[..FlowCell.MassCount].CopyTo(cell.Masses);
        cell.AsOfMs = asOfMs;
    }

    /// <summary>Layout: i32 count, u64 dropped, then by from and to: u32, u32, 4 × f32, i64.</summary>
    public void Write(List<byte> output)
    {
        Span<byte> field = stackalloc byte[FlowCell.Bytes];
        BinaryPrimitives.WriteInt32LittleEndian(field, _cells.Count);
        BinaryPrimitives.WriteUInt64LittleEndian(field[4..], DroppedCount);
        output.AddRange(field[..HeadBytes]);
        foreach (FlowCell cell in _cells.OrderBy(cell => cell.Key))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(field, cell.From);
            BinaryPrimitives.WriteUInt32LittleEndian(field[4..], cell.To);
            for (int mass = 0; mass < FlowCell.MassCount; mass++)
            {
                BinaryPrimitives.WriteSingleLittleEndian(field[(8 + (mass * sizeof(float)))..], cell.Masses[mass]);
            }

            BinaryPrimitives.WriteInt64LittleEndian(field[24..], cell.AsOfMs);
            output.AddRange(field);
        }
    }

    public void Read(ref ReadOnlySpan<byte> input)
    {
        _places.Clear();
        _cells.Clear();
        int count = BinaryPrimitives.ReadInt32LittleEndian(input);
        DroppedCount = BinaryPrimitives.ReadUInt64LittleEndian(input[4..]);
        input = input[HeadBytes..];
        for (int index = 0; index < count; index++)
        {
            var cell = new FlowCell
            {
                From = BinaryPrimitives.ReadUInt32LittleEndian(input),
                To = BinaryPrimitives.ReadUInt32LittleEndian(input[4..]),
                AsOfMs = BinaryPrimitives.ReadInt64LittleEndian(input[24..]),
            };
            for (int mass = 0; mass < FlowCell.MassCount; mass++)
            {
                cell.Masses[mass] = BinaryPrimitives.ReadSingleLittleEndian(input[(8 + (mass * sizeof(float)))..]);
            }

            _places.Add(cell.Key, _cells.Count);
            _cells.Add(cell);
            input = input[FlowCell.Bytes..];
        }
    }
}
