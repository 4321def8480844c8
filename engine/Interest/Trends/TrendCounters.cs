using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Ebb.Kernels.Backends;
using Ebb.Kernels.Decay;

namespace Ebb.Engine.Interest.Trends;

/// <summary>
/// Demand per item at two half-lives, over the users of one partition. Folded state in stored arithmetic; what is asked
/// of it is summed over partitions at read. The partition's writer changes it under the gate of its population, readers
/// of other threads take the same gate. About 70 bytes an item that has demand.
/// </summary>
internal sealed class TrendCounters(IKernelBackend backend)
{
    private const int HeadBytes = 12;

    /// <summary>Well above the rounding of a few hundred fp32 additions.</summary>
    private const float RoundingShare = 1e-5f;

    private static readonly float[] One = [1f];

    private readonly Dictionary<uint, int> _places = [];
    private readonly List<TrendCell> _cells = [];
    private BankShape _masses = new(1, [2, 2]);
    private BankShape _squares = new(1, [1]);

    /// <summary>Demand of all items by the hour.</summary>
    public DemandHours Hours { get; } = new();

    public bool IsOn { get; private set; }

    public bool IsEmpty => _cells.Count == 0;

    /// <summary>Of the first event counted; long.MaxValue: none yet.</summary>
    public long FirstMs { get; private set; } = long.MaxValue;

    public ReadOnlySpan<TrendCell> Cells => CollectionsMarshal.AsSpan(_cells);

    /// <summary>Null: what was counted stays, and nothing more is.</summary>
    public void SetRule(TrendRule? rule)
    {
        IsOn = rule is not null;
        TrendRule used = rule ?? new TrendRule();
        double fastMs = MemorySchema.HalfLifeMs(used.Fast);
        _masses = new BankShape(1, [fastMs, MemorySchema.HalfLifeMs(used.Slow)]);
        _squares = new BankShape(1, [fastMs / 2]);
    }

    public void Add(in PopulationShare share)
    {
        if (!IsOn || !(share.Weight > 0))
        {
            return;
        }

        if (!_places.TryGetValue(share.ItemIndex, out int place))
        {
            place = _cells.Count;
            _places.Add(share.ItemIndex, place);
            _cells.Add(new TrendCell { Item = share.ItemIndex, AsOfMs = share.TimeMs });
        }

        FirstMs = Math.Min(FirstMs, share.TimeMs);
        ref TrendCell cell = ref CollectionsMarshal.AsSpan(_cells)[place];
        long asOfMs = Math.Max(cell.AsOfMs, share.TimeMs);
        var step = new BankStep(asOfMs - cell.AsOfMs, asOfMs - share.TimeMs, share.Weight);
        Change(ref cell, step);
        cell.AsOfMs = asOfMs;
        Hours.Add(share.TimeMs, share.Weight);
    }

    /// <summary>
    /// Takes out what an event added, equal to rounding to never having added it; an event of before the trends were
    /// counted takes out no more than there is.
    /// </summary>
    public void Remove(in PopulationShare share)
    {
        if (!(share.Weight > 0) || !_places.TryGetValue(share.ItemIndex, out int place) || share.TimeMs < FirstMs)
        {
            return;
        }

        ref TrendCell cell = ref CollectionsMarshal.AsSpan(_cells)[place];
        float before = cell.Slow;
        Change(ref cell, new BankStep(0, Math.Max(0, cell.AsOfMs - share.TimeMs), -share.Weight));
        bool isGone = cell.Slow <= before * RoundingShare;
        cell.Fast = isGone ? 0 : Math.Max(0, cell.Fast);
        cell.Slow = isGone ? 0 : cell.Slow;
        cell.Squares = isGone ? 0 : Math.Max(0, cell.Squares);
        Hours.Remove(share.TimeMs, share.Weight);
    }

    /// <summary>Layout: i32 count, i64 first event, then by item: u32, 3 × f32, i64; then the hours.</summary>
    public void Write(List<byte> output)
    {
        Span<byte> field = stackalloc byte[TrendCell.Bytes];
        BinaryPrimitives.WriteInt32LittleEndian(field, _cells.Count);
        BinaryPrimitives.WriteInt64LittleEndian(field[4..], FirstMs);
        output.AddRange(field[..HeadBytes]);
        foreach (TrendCell cell in _cells.OrderBy(cell => cell.Item))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(field, cell.Item);
            BinaryPrimitives.WriteSingleLittleEndian(field[4..], cell.Fast);
            BinaryPrimitives.WriteSingleLittleEndian(field[8..], cell.Slow);
            BinaryPrimitives.WriteSingleLittleEndian(field[12..], cell.Squares);
            BinaryPrimitives.WriteInt64LittleEndian(field[16..], cell.AsOfMs);
            output.AddRange(field);
        }

        Hours.Write(output);
    }

    /// <param name="input">What <see cref="Write"/> wrote.</param>
    /// <param name="hasHours">False for bytes without hours: those are whole from the last event on.</param>
    public void Read(ref ReadOnlySpan<byte> input, bool hasHours)
    {
        _places.Clear();
        _cells.Clear();
        int count = BinaryPrimitives.ReadInt32LittleEndian(input);
        FirstMs = BinaryPrimitives.ReadInt64LittleEndian(input[4..]);
        input = input[HeadBytes..];
        for (int index = 0; index < count; index++)
        {
            var cell = new TrendCell
            {
                Item = BinaryPrimitives.ReadUInt32LittleEndian(input),
                Fast = BinaryPrimitives.ReadSingleLittleEndian(input[4..]),
                Slow = BinaryPrimitives.ReadSingleLittleEndian(input[8..]),
                Squares = BinaryPrimitives.ReadSingleLittleEndian(input[12..]),
                AsOfMs = BinaryPrimitives.ReadInt64LittleEndian(input[16..]),
            };
            _places.Add(cell.Item, _cells.Count);
            _cells.Add(cell);
            input = input[TrendCell.Bytes..];
        }

        if (hasHours)
        {
            Hours.Read(ref input);
        }
        else
        {
            Hours.WholeFromMs = _cells.Count == 0 ? 0 : _cells.Max(cell => cell.AsOfMs);
        }
    }

    // A bank of one dimension: sums, then masses; both are the demand, and the sums are kept.
    private void Change(ref TrendCell cell, in BankStep step)
    {
        Span<float> masses = [cell.Fast, cell.Slow, 0, 0];
        backend.DecayAccumulate(_masses, masses, step, One);
        (cell.Fast, cell.Slow) = (masses[0], masses[1]);
        Span<float> squares = [cell.Squares, 0];
        float square = Math.Abs(step.Weight) * step.Weight;
        backend.DecayAccumulate(_squares, squares, new BankStep(step.ElapsedMs, step.AgeMs, square), One);
        cell.Squares = squares[0];
    }
}
