namespace Ebb.Protocol;

/// <summary>What an interest is in.</summary>
public enum EbbPhaseSubject : byte
{
    Category = 0,
    Item = 1,
}
