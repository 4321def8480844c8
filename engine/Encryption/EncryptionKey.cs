namespace Ebb.Engine.Encryption;

/// <summary>
/// The secret under which a folder is kept: 32 random bytes, held by whoever runs the engine and never in the folder.
/// Immutable; prints as words, so that no dump of options tells it.
/// </summary>
public sealed class EncryptionKey
{
    public const int Bytes = 32;

    private readonly byte[] _secret;

    private EncryptionKey(byte[] secret)
    {
        _secret = secret;
    }

    internal ReadOnlySpan<byte> Secret => _secret;

    /// <exception cref="ArgumentException">Not 32 bytes.</exception>
    public static EncryptionKey FromBytes(ReadOnlySpan<byte> secret) => secret.Length == Bytes
        ? new EncryptionKey(secret.ToArray())
        : throw new ArgumentException($"an encryption key has {Bytes} bytes, not {secret.Length}");

    public override string ToString() => "(a key)";
}
