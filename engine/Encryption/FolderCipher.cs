using System.Security.Cryptography;
using System.Text;

namespace Ebb.Engine.Encryption;

/// <summary>
/// The keys of one unlocked folder, all derived with HKDF-SHA256 from the deployment's key and the folder's salt: one
/// for each log segment, one for each export, none used twice. Immutable; any thread.
/// </summary>
internal sealed class FolderCipher
{
    private readonly byte[] _root;

    /// <param name="key">The deployment's.</param>
    /// <param name="salt">The folder's.</param>
    public FolderCipher(EncryptionKey key, ReadOnlySpan<byte> salt)
    {
        _root = new byte[SHA256.HashSizeInBytes];
        HKDF.Extract(HashAlgorithmName.SHA256, key.Secret, salt, _root);
    }

    /// <summary>The cipher under a path; null where the folder is kept in the clear.</summary>
    public static FolderCipher? Of(string path) => UnlockedFolders.Find(path);

    /// <summary>What proves a key without telling it.</summary>
    public byte[] CheckValue() => Derive("ebb check", SHA256.HashSizeInBytes);

    /// <summary>
    /// Of a log segment, by the names of its folder and itself, which a backup keeps. A segment is 2^17 sectors: far
    /// from where XTS under one key begins to be weaker.
    /// </summary>
    public SectorCipher ForSegment(string path)
    {
        string folder = Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path))!);
        byte[] key = Derive($"ebb segment {folder}/{Path.GetFileName(path)}", SectorCipher.KeyBytes);
        return new SectorCipher(key);
    }

    /// <summary>Of an export, by the salt drawn for it.</summary>
    public byte[] ExportKey(ReadOnlySpan<byte> salt) =>
        Derive("ebb export " + Convert.ToHexStringLower(salt), SHA256.HashSizeInBytes);

    private byte[] Derive(string purpose, int bytes) =>
        HKDF.Expand(HashAlgorithmName.SHA256, _root, bytes, Encoding.UTF8.GetBytes(purpose));
}
