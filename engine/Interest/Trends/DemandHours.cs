using System.Buffers.Binary;

namespace Ebb.Engine.Interest.Trends;

/// <summary>
/// Demand of all items by the hour, over the users of one partition: what the last seven days took, which decayed sums
/// tell only of a mean past. Folded state; changed and read under the gate of the trends that own it.
/// </summary>
internal sealed class DemandHours
{
    /// <summary>Eight days: seven, and room for a moment asked that lies before the latest event.</summary>
    public const int Count = 8 * 24;

    public const int Bytes = 16 + (Count * sizeof(float));

    private const long HourMs = 3_600_000;
    private const int WeekHours = 7 * 24;

    private readonly float[] _hours = new float[Count];
    private long _head = long.MinValue;

    /// <summary>Hours before it may lack what was not counted; 0: none does.</summary>
    public long WholeFromMs { get; set; }

    public void Add(long timeMs, float weight)
    {
        long hour = Math.DivRem(timeMs, HourMs).Quotient;
        if (_head == long.MinValue)
        {
            _head = hour;
        }

        for (; _head < hour; _head++)
        {
            if (hour - _head > Count)
            {
                // Nothing of so long ago is left.
                _hours.AsSpan().Clear();
                _head = hour - 1;
            }

            _hours[Place(_head + 1)] = 0;
        }

        if (hour > _head - Count)
        {
            _hours[Place(hour)] += weight;
        }
    }

    public void Remove(long timeMs, float weight)
    {
        long hour = Math.DivRem(timeMs, HourMs).Quotient;
        if (hour <= _head && hour > _head - Count)
        {
            ref float held = ref _hours[Place(hour)];
            held = Math.Max(0, held - weight);
        }
    }

    /// <summary>Of the seven days before a moment; the hour in which they begin by its share.</summary>
    public double LastWeek(long nowMs)
    {
        if (_head == long.MinValue)
        {
            return 0;
        }

        long last = Math.DivRem(nowMs, HourMs).Quotient;
        double begun = (nowMs - (last * HourMs)) / (double)HourMs;
        double sum = 0;
        for (long hour = Math.Max(last - WeekHours, _head - Count + 1); hour <= Math.Min(last, _head); hour++)
        {
            sum += _hours[Place(hour)] * (hour == last - WeekHours ? 1 - begun : 1);
        }

        return sum;
    }

    /// <summary>Layout: i64 latest hour since the epoch, i64 whole from, then f32 an hour by its number modulo 192.
    /// </summary>
    public void Write(List<byte> output)
    {
        Span<byte> field = stackalloc byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(field, _head);
        BinaryPrimitives.WriteInt64LittleEndian(field[8..], WholeFromMs);
        output.AddRange(field);
        foreach (float hour in _hours)
        {
            BinaryPrimitives.WriteSingleLittleEndian(field, hour);
            output.AddRange(field[..sizeof(float)]);
        }
    }

    public void Read(ref ReadOnlySpan<byte> input)
    {
        _head = BinaryPrimitives.ReadInt64LittleEndian(input);
        WholeFromMs = BinaryPrimitives.ReadInt64LittleEndian(input[8..]);
        for (int hour = 0; hour < Count; hour++)
        {
            _hours[hour] = BinaryPrimitives.ReadSingleLittleEndian(input[(16 + (hour * sizeof(float)))..]);
        }

        input = input[Bytes..];
    }

    private static int Place(long hour) => (int)(((hour % Count) + Count) % Count);
}
