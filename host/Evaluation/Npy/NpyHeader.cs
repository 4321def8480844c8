using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Ebb.Evaluation.Npy;

/// <summary>
/// The head of a .npy file: magic "\x93NUMPY", version, header length (2 bytes in version 1, 4 in 2 and 3), then a
/// Python dictionary with descr, fortran_order and shape.
/// </summary>
internal readonly record struct NpyHeader(bool IsDouble, bool FortranOrder, long RowCount, int ColumnCount)
{
    // A header of two dimensions takes about 118 bytes; anything near this is no array of ours.
    private const uint HeaderBytesMax = 1 << 20;

    // Far above any dimension that an engine takes; keeps a broken header from asking for gigabytes a row.
    private const int ColumnCountMax = 1 << 16;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    public int ElementBytes => IsDouble ? sizeof(double) : sizeof(float);

    public static NpyHeader Read(Stream stream, string path)
    {
        Span<byte> start = stackalloc byte[8];
        if (stream.ReadAtLeast(start, 8, throwOnEndOfStream: false) < 8 || !start[..6].SequenceEqual(Magic))
        {
            throw DataFileException.In(path, "is not a .npy file (it does not start with \\x93NUMPY).");
        }

        byte version = start[6];
        if (version is < 1 or > 3)
        {
            throw DataFileException.In(path, $"is .npy version {version}; versions 1 to 3 can be read.");
        }

        return Parse(ReadText(stream, path, version), path);
    }

    private static string ReadText(Stream stream, string path, byte version)
    {
        Span<byte> length = stackalloc byte[4];
        length.Clear();
        int lengthBytes = version == 1 ? 2 : 4;
        if (stream.ReadAtLeast(length[..lengthBytes], lengthBytes, throwOnEndOfStream: false) < lengthBytes)
        {
            throw DataFileException.In(path, "ends within its header.");
        }

        uint headerBytes = BinaryPrimitives.ReadUInt32LittleEndian(length);
        if (headerBytes > HeaderBytesMax)
        {
            throw DataFileException.In(path, $"has a header of {headerBytes:N0} bytes; that is no array of numbers.");
        }

        byte[] text = new byte[headerBytes];
        if (stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false) < text.Length)
        {
            throw DataFileException.In(path, "ends within its header.");
        }

        return Encoding.UTF8.GetString(text);
    }

    private static NpyHeader Parse(string text, string path)
    {
        string type = ValueOf(text, "descr").Trim('\'', '"');
        bool isDouble = type switch
        {
            "<f4" => false,
            "<f8" => true,
            _ => throw DataFileException.In(
                path, $"holds '{type}'; little-endian float32 or float64 ('<f4', '<f8') is needed."),
        };
        bool fortranOrder = ValueOf(text, "fortran_order") == "True";
        (long rows, int columns) = ParseShape(text, path);
        return new NpyHeader(isDouble, fortranOrder, rows, columns);
    }

    private static (long Rows, int Columns) ParseShape(string text, string path)
    {
        int open = text.IndexOf('(');
        int close = text.IndexOf(')', Math.Max(open, 0));
        string shape = open >= 0 && close > open ? text[(open + 1)..close] : "";
        string[] parts = shape.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        int columns = 1;
        bool sound = parts.Length is 1 or 2;
        sound &= long.TryParse(
            parts.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out long rows);
        sound &= parts.Length < 2
            || int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out columns);
        if (!sound || columns > ColumnCountMax)
        {
            throw DataFileException.In(
                path, $"has shape ({shape}); one or two dimensions are needed, the second at most {ColumnCountMax}.");
        }

        return (rows, columns);
    }

    /// <summary>The text behind a key of the dictionary up to the next comma; empty when there is none.</summary>
    private static string ValueOf(string text, string key)
    {
        int start = text.IndexOf($"'{key}':", StringComparison.Ordinal);
        if (start < 0)
        {
            return "";
        }

        start += key.Length + 3;
        int end = text.IndexOfAny([',', '}'], start);
        return text[start..(end < 0 ? text.Length : end)].Trim();
    }
}
