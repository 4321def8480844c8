namespace Ebb.Engine.Log;

/// <summary>What the bytes of one log entry turned out to be.</summary>
internal enum LogFrameStatus : byte
{
    Good,
    NoFrame,
    NewerFormat,
    BadChecksum,
    WrongPartition,
}
