using System.Security.Cryptography;
using System.Text;
using Ebb.Protocol;
using Ebb.Server.Commands;

namespace Ebb.Server.Security;

/// <summary>
/// Reads the file that says who is let in. A line each: <c>NAME ROLE sha256:HEX [tenant=TENANT]</c> for a token, or
/// <c>NAME ROLE san:DNSNAME [tenant=TENANT]</c> for a client's certificate; <c>#</c> begins a comment.
/// </summary>
internal static class AccessFile
{
    private const string HashPrefix = "sha256:";
    private const string NamePrefix = "san:";
    private const string TenantPrefix = "tenant=";

    /// <exception cref="CliException">It cannot be read, or a line cannot be; the message quotes no secret.</exception>
    public static IReadOnlyList<AccessEntry> Read(string path)
    {
        List<AccessEntry> entries = [];
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"the access file {path} cannot be read", "check the path and the rights", failure);
        }

        for (int index = 0; index < lines.Length; index++)
        {
            string line = lines[index].Split('#')[0].Trim();
            if (line.Length > 0)
            {
                entries.Add(Parse(line) ?? throw new CliException(
                    $"line {index + 1} of the access file {path} cannot be",
                    "write NAME reader|writer|admin sha256:HEX or san:DNSNAME, tenant=TENANT for a reader or writer"));
            }
        }

        return entries.Count > 0
            ? entries
            : throw new CliException($"the access file {path} lets nobody in", "make a line with ebb token");
    }

    /// <summary>A new token and the line that lets it in. The token is told once and kept nowhere.</summary>
    public static (string Token, string Line) Create(string name, EbbRole role, string? tenant)
    {
        string token = "ebb_" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))
            .TrimEnd('=').Replace('+', '-').Replace('/', '_');
        string hash = Convert.ToHexStringLower(AccessControl.Hash(Encoding.UTF8.GetBytes(token)));
        string line = $"{name} {role.ToString().ToLowerInvariant()} {HashPrefix}{hash}";
        return (token, tenant is null ? line : $"{line} {TenantPrefix}{tenant}");
    }

    private static AccessEntry? Parse(string line)
    {
        string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is < 3 or > 4
            || !Enum.TryParse(words[1], ignoreCase: true, out EbbRole role)
            || role is not (EbbRole.Reader or EbbRole.Writer or EbbRole.Admin) || char.IsAsciiDigit(words[1][0]))
        {
            return null;
        }

        byte[]? tenant = null;
        if (words.Length == 4)
        {
            tenant = words[3].StartsWith(TenantPrefix, StringComparison.Ordinal)
                ? Encoding.UTF8.GetBytes(words[3][TenantPrefix.Length..])
                : null;

            // Items and the server's figures are of all tenants: who changes them belongs to none.
            if (tenant is null || tenant.Length > ProtocolLimits.TenantBytesMax || role == EbbRole.Admin)
            {
                return null;
            }
        }

        if (words[2].StartsWith(NamePrefix, StringComparison.Ordinal))
        {
            string certificateName = words[2][NamePrefix.Length..];
            return certificateName.Length > 0 ? new AccessEntry(words[0], role, [], certificateName, tenant) : null;
        }

        return TryReadHash(words[2]) is { } hash ? new AccessEntry(words[0], role, hash, "", tenant) : null;
    }

    private static byte[]? TryReadHash(string word)
    {
        if (!word.StartsWith(HashPrefix, StringComparison.Ordinal)
            || word.Length != HashPrefix.Length + (2 * SHA256.HashSizeInBytes))
        {
            return null;
        }

        try
        {
            return Convert.FromHexString(word.AsSpan(HashPrefix.Length));
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
