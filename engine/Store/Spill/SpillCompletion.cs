using FASTER.core;

namespace Ebb.Engine.Store.Spill;

/// <summary>FASTER's callback for a request, with its context.</summary>
internal readonly record struct SpillCompletion(DeviceIOCompletionCallback Callback, object Context)
{
    internal void Invoke(uint errorCode, int bytes) => Callback(errorCode, (uint)bytes, Context);
}
