namespace Ebb.Engine.Audience;

/// <summary>Asks for the users that an item fits best now.</summary>
public sealed record AudienceQuery(OpaqueId Item)
{
    public const int CountMax = 1000;

    /// <summary>K, 1 to <see cref="CountMax"/>.</summary>
    public int Count { get; init; } = 100;

    /// <summary>Leave out users who have the item among their remembered events.</summary>
    public bool ExcludeSeen { get; init; }

    /// <summary>The moment to answer for; null: the engine's clock.</summary>
    public long? NowMs { get; init; }

    /// <summary>
    /// Only users whose key starts so; the prefix is not part of the ids told. How a server keeps tenants.
    /// </summary>
    public ReadOnlyMemory<byte> KeyPrefix { get; init; }
}
