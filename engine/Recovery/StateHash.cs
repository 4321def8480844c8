namespace Ebb.Engine.Recovery;

internal static class StateHash
{
    public static Task<byte[]> ComputeAsync(EngineCore core) => throw new NotImplementedException(core.ToString());
}
