namespace Ebb.Engine.Store.Spill;

/// <summary>What a read found for one slot.</summary>
internal enum ReadOutcome : byte
{
    Nothing,
    Found,
    Deleted,
    OtherLength,
}
