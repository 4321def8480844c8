namespace Ebb.Engine.Catalogue;

/// <summary>
/// An item to add, or to replace whole. Without a vector, or with zeros, it has what its neighbours in the graph give
/// it.  Attributes are UTF-8 texts of at most 64 bytes, null or empty for none;
/// at most 16 tags.
/// </summary>
public sealed record ItemPut(OpaqueId Id, ReadOnlyMemory<float> Vector)
{
    /// <summary>
    /// Largest magnitude of a vector element. With event weights within ±1e6, a
    /// million events of one user and 1024 dimensions still give a finite fp32 score: 1e9·1e6·1e6·1e9·1e3 &lt; 3.4e38.
    /// </summary>
    public const float ElementMax = 1e9f;

    public const int AttributeBytesMax = 64;
    public const int TagCountMax = 16;

    public string? Category { get; init; }

    public string? Brand { get; init; }

    public string? Merchant { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public bool InStock { get; init; } = true;

    /// <summary>
    /// Title or description: where no vector is given (or none of the block "text"), the model's item encoder makes it.
    /// Not kept.
    /// </summary>
    public string? Text { get; init; }

    /// <summary>The text's vector is wanted in place of one that is given.</summary>
    public bool EncodeText { get; init; }

    /// <summary>
    /// In place of Vector: named stretches of it, as <see cref="EngineOptions.VectorBlocks"/> says; one left out is
    /// zeros.
    /// </summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<float>> Blocks { get; init; } = NoBlocks;

    internal static IReadOnlyDictionary<string, ReadOnlyMemory<float>> NoBlocks { get; } =
        new Dictionary<string, ReadOnlyMemory<float>>();

    internal bool IsDescribed => Text is not null || Blocks.Count > 0;
}
