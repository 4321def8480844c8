using System.Runtime.CompilerServices;

namespace Ebb.Engine.Interest.Flows;

/// <summary>
/// How often users went from one category to another, decayed at each of the half-lives, as of its own last event.
/// From 0: users without an event before, or too long ago.
/// </summary>
internal struct FlowCell
{
    public const int Bytes = 32;

    /// <summary>The windows of the report, then the half-life of the schema.</summary>
    public const int MassCount = 4;

    public uint From;
    public uint To;
    public long AsOfMs;
    public MassArray Masses;

    public readonly ulong Key => KeyOf(From, To);

    public static ulong KeyOf(uint from, uint to) => ((ulong)from << 32) | to;

    [InlineArray(MassCount)]
    internal struct MassArray
    {
        private float _first;
    }
}
