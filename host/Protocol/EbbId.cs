using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Ebb.Protocol;

/// <summary>
/// An id of a user or an item: 1 to 64 bytes that Ebb never interprets. A string counts as its UTF-8.
/// </summary>
public readonly struct EbbId : IEquatable<EbbId>
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly ReadOnlyMemory<byte> _bytes;

    public EbbId(ReadOnlyMemory<byte> bytes)
    {
        _bytes = bytes;
    }

    public EbbId(string text)
        : this(Encoding.UTF8.GetBytes(text))
    {
    }

    public ReadOnlyMemory<byte> Memory => _bytes;

    public ReadOnlySpan<byte> Span => _bytes.Span;

    public static implicit operator EbbId(string text) => new(text);

    public static bool operator ==(EbbId left, EbbId right) => left.Equals(right);

    public static bool operator !=(EbbId left, EbbId right) => !left.Equals(right);

    public bool Equals(EbbId other) => Span.SequenceEqual(other.Span);

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is EbbId other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Span);
        return hash.ToHashCode();
    }

    /// <summary>The id as text where it is UTF-8, else as hex.</summary>
    public override string ToString()
    {
        try
        {
            return StrictUtf8.GetString(Span);
        }
        catch (DecoderFallbackException)
        {
            return "0x" + Convert.ToHexString(Span);
        }
    }
}
