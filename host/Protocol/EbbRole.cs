namespace Ebb.Protocol;

/// <summary>What a token allows; each includes those before it. PROTOCOL.md says which verb needs which.</summary>
public enum EbbRole : byte
{
    None = 0,

    /// <summary>Asks: lists, scores, profiles, drift, explanations, subscriptions.</summary>
    Reader = 1,

    /// <summary>Also sends events, takes them back and forgets users.</summary>
    Writer = 2,

    /// <summary>Also changes the catalogue, reads the server's figures and takes backups.</summary>
    Admin = 3,
}
