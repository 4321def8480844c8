namespace Ebb.Client;

/// <summary>
/// An item to add or replace whole whose vector the server makes: of a text by its model's item encoder, or out of the
/// named stretches that its vectors have.
/// </summary>
/// <param name="Item">Its vector may be empty.</param>
public sealed record EbbItemDescription(EbbItem Item)
{
    /// <summary>Title or description, at most 65,535 bytes of UTF-8; null for none.</summary>
    public string? Text { get; init; }

    /// <summary>The text's vector is wanted in place of one that is given.</summary>
    public bool EncodeText { get; init; }

    /// <summary>Named stretches of the vector, as the server has them; zeros where one is left out.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<float>> Blocks { get; init; } =
        new Dictionary<string, ReadOnlyMemory<float>>();
}
