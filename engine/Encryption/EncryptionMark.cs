using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Ebb.Engine.Log;
using Ebb.Engine.Store.Base;

namespace Ebb.Engine.Encryption;

/// <summary>
/// Says that a folder is encrypted, and with which key without telling it: <c>ENCRYPTION</c>, on the medium before
/// anything that is encrypted. One line of text: <c>ebb-encryption 1 SALT CHECK CRC32C</c>, in hexadecimal; the salt is
/// drawn once, the check value is derived from key and salt. A backup has the same one. Stateless.
/// </summary>
internal static class EncryptionMark
{
    public const string FileName = "ENCRYPTION";

    private const string Magic = "ebb-encryption";
    private const int Version = 1;
    private const int SaltBytes = 32;
    private const string Options = "--encryption-key-file or EBB_ENCRYPTION_KEY";

    /// <summary>
    /// Before anything of a folder is read or written: unlocks it while what is returned lives. A new one becomes
    /// encrypted if there is a key.
    /// </summary>
    /// <param name="folder">The engine's or a backup.</param>
    /// <param name="key">Null: the folder is expected to be in the clear.</param>
    /// <param name="mayCreate">A folder that holds nothing yet may be made an encrypted one.</param>
    /// <exception cref="EngineStartException">Key and folder do not go together; nothing was changed.</exception>
    public static IDisposable? Unlock(string folder, EncryptionKey? key, bool mayCreate)
    {
        string path = Path.Combine(folder, FileName);
        if (File.Exists(path))
        {
            return UnlockedFolders.Add(folder, Check(folder, path, key));
        }

        if (key is null)
        {
            return null;
        }

        bool isNew = !File.Exists(Path.Combine(folder, BaseManifest.FileName))
            && !Directory.Exists(Path.Combine(folder, FasterEventLog.LogFolder));
        if (!isNew || !mayCreate)
        {
            throw new EngineStartException(
                $"{folder} is not encrypted, and a key was given: leave the key out, or use a new folder");
        }

        return UnlockedFolders.Add(folder, Create(path, key));
    }

    private static FolderCipher Create(string path, EncryptionKey key)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(SaltBytes);
        var cipher = new FolderCipher(key, salt);
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"{Magic} {Version} {Convert.ToHexStringLower(salt)} {Convert.ToHexStringLower(cipher.CheckValue())}");
        string whole = $"{line} {Crc32C.Compute(Encoding.ASCII.GetBytes(line)):x8}\n";
        DurableFile.WriteAtomically(path, Encoding.ASCII.GetBytes(whole));
        return cipher;
    }

    private static FolderCipher Check(string folder, string path, EncryptionKey? key)
    {
        (byte[] salt, byte[] check) = Read(path);
        if (key is null)
        {
            throw new EngineStartException($"{folder} is encrypted: give its key with {Options}");
        }

        var cipher = new FolderCipher(key, salt);
        return CryptographicOperations.FixedTimeEquals(cipher.CheckValue(), check)
            ? cipher
            : throw new EngineStartException(
                $"{folder} is encrypted with another key than the one given: give the one it was made with, by"
                + $" {Options}");
    }

    private static (byte[] Salt, byte[] Check) Read(string path)
    {
        string text = File.ReadAllText(path, Encoding.ASCII).TrimEnd('\n');
        int lineEnd = Math.Max(0, text.LastIndexOf(' '));
        string[] parts = text[..lineEnd].Split(' ');
        if (parts.Length > 1 && parts[0] == Magic && int.TryParse(parts[1], out int version) && version > Version)
        {
            throw new EngineStartException(
                $"{path}: format {version}, and this build reads {Version}; use the build that wrote it or a newer"
                + " one");
        }

        uint checksum = Crc32C.Compute(Encoding.ASCII.GetBytes(text[..lineEnd]));
        if (parts.Length != 4 || parts[0] != Magic || text[lineEnd..] != $" {checksum:x8}")
        {
            throw new EngineStartException($"{path}: is damaged; take it from a backup of the same folder");
        }

        return (Convert.FromHexString(parts[2]), Convert.FromHexString(parts[3]));
    }
}
