using FASTER.core;

namespace Ebb.Engine.Log;

/// <summary>A part of a page that the log library wants on the medium; it keeps the bytes until it is called
/// back.</summary>
internal readonly record struct PageWrite(
    nint Source, int Bytes, int Segment, long Offset, DeviceIOCompletionCallback Callback, object Context);
