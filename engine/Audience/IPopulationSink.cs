using Ebb.Engine.Batching;
using Ebb.Engine.Store;

namespace Ebb.Engine.Audience;

/// <summary>What a sweep over all users does with them.</summary>
internal interface IPopulationSink : IUserSink
{
    /// <summary>In a partition's turn, before its next users.</summary>
    public void Enter(PartitionParts parts);

    /// <summary>
    /// Between turns: what was gathered for a device is answered, when more may not fit or at the end.
    /// </summary>
    public void Settle(bool isEnd);
}
