using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Ebb.Engine;

/// <summary>
/// An id that Ebb never interprets: 1 to 64 bytes, compared byte by byte. A string counts as its UTF-8.
/// </summary>
public readonly struct OpaqueId : IEquatable<OpaqueId>, IComparable<OpaqueId>
{
    public const int BytesMax = 64;

    private readonly ReadOnlyMemory<byte> _bytes;

    public OpaqueId(ReadOnlyMemory<byte> bytes)
    {
        _bytes = bytes;
    }

    public OpaqueId(string text)
        : this(Encoding.UTF8.GetBytes(text))
    {
    }

    public ReadOnlyMemory<byte> Memory => _bytes;

    public ReadOnlySpan<byte> Span => _bytes.Span;

    public bool IsValid => _bytes.Length is >= 1 and <= BytesMax;

    public static implicit operator OpaqueId(string text) => new(text);

    public static bool operator ==(OpaqueId left, OpaqueId right) => left.Equals(right);

    public static bool operator !=(OpaqueId left, OpaqueId right) => !left.Equals(right);

    public bool Equals(OpaqueId other) => Span.SequenceEqual(other.Span);

    public int CompareTo(OpaqueId other) => Span.SequenceCompareTo(other.Span);

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is OpaqueId other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Span);
        return hash.ToHashCode();
    }

    /// <summary>The id as UTF-8 text where it is, else as hex.</summary>
    public override string ToString()
    {
        try
        {
            return new UTF8Encoding(false, true).GetString(Span);
        }
        catch (DecoderFallbackException)
        {
            return "0x" + Convert.ToHexString(Span);
        }
    }
}
