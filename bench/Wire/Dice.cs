namespace Ebb.Bench.Wire;

/// <summary>xorshift64*: a few cycles a draw, so that drawing is no cost of the peer. Mutable struct.</summary>
internal struct Dice(ulong seed)
{
    private ulong _state = seed;

    /// <summary>0 to count - 1, evenly enough for counts far below 2^32.</summary>
    public int Next(int count)
    {
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return (int)(((_state * 2685821657736338717UL >> 32) * (uint)count) >> 32);
    }

    /// <summary>Writes a number in decimal, padded with zeros to the whole span.</summary>
    public static void WriteDigits(Span<byte> digits, int number)
    {
        for (int index = digits.Length - 1; index >= 0; index--)
        {
            (number, int digit) = Math.DivRem(number, 10);
            digits[index] = (byte)('0' + digit);
        }
    }
}
