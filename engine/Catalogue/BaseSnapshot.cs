namespace Ebb.Engine.Catalogue;

/// <summary>
/// The moment a base is of: everything published up to Generation, whose Commit lies at or before Sequence in the log.
/// OpenChanges had entries in the log by then, the first of them at ReplaySequence, and no Commit.
/// </summary>
internal sealed record BaseSnapshot(
    ulong Generation, ulong Sequence, ulong ReplaySequence, int RowCount, IReadOnlyList<ulong> OpenChanges)
{
    /// <summary>The edges of that moment, one after the other as EdgeCodec writes them.</summary>
    public ReadOnlyMemory<byte> Edges { get; init; }

    public static readonly BaseSnapshot Empty = new(0, 0, 1, 0, []);
}
