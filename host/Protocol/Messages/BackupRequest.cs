namespace Ebb.Protocol.Messages;

/// <summary>
/// Body of BACKUP: the name of a new folder below the one that the server was told to keep backups in.
/// </summary>
public readonly ref struct BackupRequest
{
    public const int NameBytesMax = 64;

    public ReadOnlySpan<byte> Name { get; init; }

    /// <returns>
    /// Ok or Malformed: a name is letters, digits, '.', '-' and '_', and begins with a letter or digit.
    /// </returns>
    public static StatusCode TryRead(ReadOnlySpan<byte> body, out BackupRequest request)
    {
        var reader = new WireReader(body);
        byte nameBytes = reader.ReadByte();
        byte options = reader.ReadByte();
        request = new BackupRequest { Name = reader.ReadBytes(nameBytes) };
        return reader.IsComplete && options == 0 && IsName(request.Name) ? StatusCode.Ok : StatusCode.Malformed;
    }

    public void Write(FrameBuffer body)
    {
        body.WriteByte((byte)Name.Length);
        body.WriteByte(0);
        body.WriteBytes(Name);
    }

    // No separator and no leading dot: a name leads nowhere but to a folder of its own.
    private static bool IsName(ReadOnlySpan<byte> name)
    {
        if (name.Length is 0 or > NameBytesMax || !char.IsAsciiLetterOrDigit((char)name[0]))
        {
            return false;
        }

        foreach (byte letter in name)
        {
            if (!char.IsAsciiLetterOrDigit((char)letter) && letter is not ((byte)'.' or (byte)'-' or (byte)'_'))
            {
                return false;
            }
        }

        return true;
    }
}
