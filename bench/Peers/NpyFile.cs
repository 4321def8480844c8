using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Ebb.Bench.Peers;

/// <summary>NumPy's .npy, version 1: two-dimensional little-endian arrays in C order, all that a peer needs.</summary>
internal static partial class NpyFile
{
    private const int PreambleBytes = 10;
    private const int HeaderUnit = 64;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1];

    /// <summary>Rows × columns of float32.</summary>
    public static (float[] Values, int Rows, int Columns) ReadFloats(string path)
    {
        using FileStream file = File.OpenRead(path);
        Span<byte> preamble = stackalloc byte[PreambleBytes];
        file.ReadExactly(preamble);
        if (!preamble[..Magic.Length].SequenceEqual(Magic))
        {
            throw new InvalidDataException($"{path} is not a .npy file of version 1");
        }

        byte[] header = new byte[preamble[8] | (preamble[9] << 8)];
        file.ReadExactly(header);
        string text = Encoding.Latin1.GetString(header);
        Match shape = Shape().Match(text);
        if (!shape.Success || !text.Contains("'<f4'") || text.Contains("'fortran_order': True"))
        {
            throw new InvalidDataException($"{path}: float32, C order, two dimensions are wanted; it says {text}");
        }

        int rows = int.Parse(shape.Groups[1].Value, CultureInfo.InvariantCulture);
        int columns = int.Parse(shape.Groups[2].Value, CultureInfo.InvariantCulture);
        float[] values = new float[(long)rows * columns];
        file.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return (values, rows, columns);
    }

    /// <summary>Rows × columns of int32.</summary>
    public static void WriteInts(string path, int[] values, int columns)
    {
        int rows = columns == 0 ? 0 : values.Length / columns;
        string text = $"{{'descr': '<i4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}";
        int length = ((PreambleBytes + text.Length + HeaderUnit) / HeaderUnit * HeaderUnit) - PreambleBytes;
        using FileStream file = File.Create(path);
        file.Write(Magic);
        file.Write([0, (byte)length, (byte)(length >> 8)]);
        file.Write(Encoding.Latin1.GetBytes(text.PadRight(length - 1) + "\n"));
        file.Write(MemoryMarshal.AsBytes(values.AsSpan()));
    }

    [GeneratedRegex(@"'shape': \((\d+), (\d+)\)")]
    private static partial Regex Shape();
}
