using System.Diagnostics.CodeAnalysis;

namespace Ebb.Client;

/// <summary>A token for AUTH. Its text is kept out of every ToString, so that options can be logged.</summary>
public sealed class EbbToken
{
    public EbbToken(string text)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text);
        Text = text.Trim();
    }

    internal string Text { get; }

    [return: NotNullIfNotNull(nameof(text))]
    public static implicit operator EbbToken?(string? text) => text is null ? null : new EbbToken(text);

    public override string ToString() => "(a token)";
}
