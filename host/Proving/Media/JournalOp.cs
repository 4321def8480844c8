namespace Ebb.Proving.Media;

internal enum JournalOpKind : byte
{
    Create,
    Write,
    Sync,
    SyncDirectory,
    Move,
    Delete,
}

/// <summary>One call of the engine that reached the medium. Other: where a move goes.</summary>
internal sealed record JournalOp(JournalOpKind Kind, string Path)
{
    public string Other { get; init; } = "";

    public long Offset { get; init; }

    public byte[] Bytes { get; init; } = [];
}
