using System.Security.Cryptography;

namespace Ebb.Server.Security;

/// <summary>
/// Who is let in. Tokens are known by their SHA-256 alone: they are 256 random bits, so nothing is won by a slow hash.
/// Any thread; the entries are swapped at once, and whoever's line is gone then is closed.
/// </summary>
public sealed class AccessControl
{
    private readonly string? _path;
    private volatile IReadOnlyList<AccessEntry> _entries;

    private AccessControl(string? path, IReadOnlyList<AccessEntry> entries)
    {
        _path = path;
        _entries = entries;
    }

    /// <summary>From an access file, which <see cref="Reload"/> reads again.</summary>
    public static AccessControl Load(string path) => new(path, AccessFile.Read(path));

    /// <summary>The entries were swapped.</summary>
    internal event Action? Changed;

    internal static AccessControl Of(params AccessEntry[] entries) => new(null, entries);

    internal static byte[] Hash(ReadOnlySpan<byte> token) => SHA256.HashData(token);

    /// <summary>A file that cannot be read throws and leaves who is let in as it was.</summary>
    public void Reload()
    {
        if (_path is not null)
        {
            _entries = AccessFile.Read(_path);
            Changed?.Invoke();
        }
    }

    /// <summary>Null: nobody has this token. Every entry is compared to its end, whichever it is.</summary>
    internal AccessEntry? OfToken(ReadOnlySpan<byte> token)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(token, hash);
        AccessEntry? found = null;
        foreach (AccessEntry entry in _entries)
        {
            if (CryptographicOperations.FixedTimeEquals(entry.TokenHash, hash))
            {
                found = entry;
            }
        }

        return found;
    }

    /// <summary>The line that let somebody in is still there and says the same.</summary>
    internal bool Holds(AccessEntry entry) => _entries.Any(held => held.Role == entry.Role
        && held.CertificateName == entry.CertificateName
        && held.TokenHash.AsSpan().SequenceEqual(entry.TokenHash)
        && (held.Tenant ?? []).AsSpan().SequenceEqual(entry.Tenant ?? []));

    /// <summary>Null: no entry names one of a verified certificate's names.</summary>
    internal AccessEntry? OfCertificate(IReadOnlyCollection<string> names) => _entries.FirstOrDefault(entry =>
        entry.CertificateName.Length > 0 && names.Contains(entry.CertificateName, StringComparer.OrdinalIgnoreCase));
}
