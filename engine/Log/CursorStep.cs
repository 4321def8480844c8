namespace Ebb.Engine.Log;

/// <summary>Outcome of one step over a partition's files.</summary>
internal enum CursorStep : byte
{
    Entry,
    End,
    Damaged,
}
