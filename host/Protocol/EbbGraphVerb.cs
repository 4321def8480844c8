namespace Ebb.Protocol;

/// <summary>What GRAPH does.</summary>
public enum EbbGraphVerb : byte
{
    /// <summary>Tells what the graph holds.</summary>
    Report = 0,

    /// <summary>Says edges; weight 0 takes one away.</summary>
    Put = 1,

    /// <summary>Makes edges of what the population does together now.</summary>
    Learn = 2,
}
