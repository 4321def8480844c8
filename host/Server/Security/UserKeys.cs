using System.Security.Cryptography;
using System.Text;
using Ebb.Engine;
using Ebb.Protocol;
using Ebb.Server.Commands;

namespace Ebb.Server.Security;

/// <summary>
/// Makes the engine's key of a tenant and a user id: both as they are, or, with a secret, the id replaced by its
/// HMAC-SHA256. Then no file of the server holds an id, and who has the files but not the secret cannot test a guess.
/// Any thread; allocates nothing.
/// </summary>
public sealed class UserKeys
{
    /// <summary>Length byte, tenant, user id.</summary>
    public const int BytesMax = 1 + ProtocolLimits.TenantBytesMax + ProtocolLimits.IdBytesMax;

    private const string MarkName = "USERKEYS";
    private const int SecretBytesMin = 32;

    /// <summary>Ids as they are.</summary>
    public static readonly UserKeys Plain = new(null);

    private readonly byte[]? _secret;

    private UserKeys(byte[]? secret)
    {
        _secret = secret;
    }

    /// <summary>With the secret in a file, which must not lie in the engine's folder.</summary>
    /// <exception cref="CliException">It cannot be read or is short.</exception>
    public static UserKeys Load(string path)
    {
        try
        {
            return Of(File.ReadAllBytes(path));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"the secret {path} cannot be read", "check the path and the rights", failure);
        }
    }

    public static UserKeys Of(byte[] secret) => secret.Length >= SecretBytesMin
        ? new UserKeys(secret)
        : throw new CliException(
            $"a secret of {secret.Length} bytes is too short", $"give {SecretBytesMin} random bytes or more");

    /// <summary>Users of two tenants never meet: the key is the tenant's length, the tenant, the user.</summary>
    /// <param name="tenant">At most 32 bytes.</param>
    /// <param name="user">1 to 64 bytes.</param>
    /// <param name="key">Of <see cref="BytesMax"/> bytes; the result is its beginning.</param>
    public ReadOnlySpan<byte> KeyOf(ReadOnlySpan<byte> tenant, ReadOnlySpan<byte> user, Span<byte> key)
    {
        key[0] = (byte)tenant.Length;
        tenant.CopyTo(key[1..]);
        int start = 1 + tenant.Length;
        user.CopyTo(key[start..]);
        if (_secret is null)
        {
            return key[..(start + user.Length)];
        }

        // Over the tenant too: equal ids of two tenants must not be seen to be equal.
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_secret, key[..(start + user.Length)], hash);
        hash.CopyTo(key[start..]);
        return key[..(start + hash.Length)];
    }

    /// <summary>
    /// Before a folder is opened: one whose users were keyed otherwise would serve every one of them as a stranger.
    /// The mark in it says which secret, and does not tell it.
    /// </summary>
    /// <exception cref="EngineStartException">The folder was made with another secret, or without.</exception>
    public void Check(string? folder)
    {
        if (folder is null)
        {
            return;
        }

        string path = Path.Combine(folder, MarkName);
        bool isNew = !Directory.Exists(folder) || !Directory.EnumerateFileSystemEntries(folder).Any();
        string? held = File.Exists(path) ? File.ReadAllText(path).Trim() : null;
        string? mine = _secret is null
            ? null
            : "hmac-sha256 "
                + Convert.ToHexStringLower(HMACSHA256.HashData(_secret, Encoding.ASCII.GetBytes(MarkName)));
        if (isNew && mine is not null)
        {
            // Its name becomes durable with that of the engine's manifest, before any user is in the folder.
            Directory.CreateDirectory(folder);
            using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
            file.Write(Encoding.ASCII.GetBytes(mine + "\n"));
            file.Flush(flushToDisk: true);
        }
        else if (held != mine)
        {
            throw new EngineStartException(
                $"the users of {folder} are keyed {(held is null ? "by their ids" : "with a secret")}, not"
                + $" {(mine is null ? "by their ids" : held is null ? "with a secret" : "with this one")}: give what"
                + " it was made with (--user-key-secret), or use a new folder");
        }
    }
}
