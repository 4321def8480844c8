using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Ebb.Engine.Encryption;

namespace Ebb.Server.Commands;

/// <summary>
/// The key of an encrypted folder: from a file outside of it or from the environment, never from the command line,
/// which every process of the machine can read. What it holds is told in no message.
/// </summary>
internal sealed class EncryptionKeyOption
{
    private const string Variable = "EBB_ENCRYPTION_KEY";
    private const string Remedy = "give 32 random bytes, as they are or as 64 hexadecimal digits: openssl rand -hex 32";
    private const int FileBytesMax = 4096;

    public Option<string?> Option { get; } = new("--encryption-key-file")
    {
        Description = "A key of 32 random bytes (or 64 hexadecimal digits), outside the folder: log, bases and backups"
            + $" are encrypted with it. Fixed for a folder. Without it the environment's {Variable}, in hexadecimal.",
        HelpName = "FILE",
    };

    /// <summary>Null: none is given.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="folder">The engine's, in which no key may lie; null: in memory.</param>
    /// <exception cref="CliException">It cannot be read, or is no key.</exception>
    public EncryptionKey? Read(ParseResult parsed, string? folder)
    {
        if (parsed.GetValue(Option) is { } path)
        {
            return FromFile(path, folder);
        }

        return Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text
            ? FromText(text) ?? throw new CliException($"{Variable} is no encryption key", Remedy)
            : null;
    }

    private static EncryptionKey FromFile(string path, string? folder)
    {
        RefuseInside(path, folder);
        byte[] bytes;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
            bytes = new byte[FileBytesMax];
            bytes = bytes[..file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CliException(
                $"the encryption key {path} cannot be read", "check the path and the rights", failure);
        }

        EncryptionKey? key = bytes.Length == EncryptionKey.Bytes
            ? EncryptionKey.FromBytes(bytes)
            : FromText(Encoding.ASCII.GetString(bytes));
        CryptographicOperations.ZeroMemory(bytes);
        return key ?? throw new CliException($"{path} holds no encryption key", Remedy);
    }

    // Whoever gets the disk would get the key with it; links are followed.
    private static void RefuseInside(string path, string? folder)
    {
        if (folder is null)
        {
            return;
        }

        string real = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        string root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + Path.DirectorySeparatorChar;
        if (real.StartsWith(root, StringComparison.Ordinal))
        {
            throw new CliException(
                $"the encryption key {path} lies in the folder that it is for", "keep it elsewhere");
        }
    }

    private static EncryptionKey? FromText(string text)
    {
        text = text.Trim();
        return text.Length == 2 * EncryptionKey.Bytes && text.All(char.IsAsciiHexDigit)
            ? EncryptionKey.FromBytes(Convert.FromHexString(text))
            : null;
    }
}
