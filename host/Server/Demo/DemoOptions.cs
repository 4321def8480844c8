namespace Ebb.Server.Demo;

/// <summary>What <c>ebb demo</c> was asked for. Immutable.</summary>
public sealed record DemoOptions
{
    /// <summary>Play only some customers, so that the demo ends within seconds.</summary>
    public bool Short { get; init; }

    /// <summary>Whose story to tell; null: <see cref="DemoData.DefaultCustomer"/>.</summary>
    public string? Customer { get; init; }

    public bool Json { get; init; }

    /// <summary>Stay up after the report.</summary>
    public bool Keep { get; init; }
}
