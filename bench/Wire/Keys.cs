namespace Ebb.Bench.Wire;

/// <summary>
/// Users, or keys: each of them once, then evenly drawn, so that what is measured after the first round is a peer that
/// holds them all. Mutable struct.
/// </summary>
internal struct Keys(WireOptions options)
{
    private readonly int _count = options.UserCount;
    private Dice _dice = new((ulong)options.Seed);
    private int _touched;

    public int Next() => _touched < _count ? _touched++ : _dice.Next(_count);
}
