using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Ebb.Evaluation.Npy;

/// <summary>Writes float32 arrays of two dimensions as .npy version 1 in C order, gzipped when named .gz.</summary>
public static class NpyWriter
{
    // NumPy pads the header so that the numbers start on a multiple of this.
    private const int AlignBytes = 64;
    private const int FixedBytes = 10;

    /// <summary>Values holds rows of ColumnCount floats, one after the other.</summary>
    public static void Write(string path, ReadOnlySpan<float> values, int columnCount)
    {
        if (columnCount < 1 || values.Length % columnCount != 0)
        {
            throw new ArgumentException($"{values.Length} floats are no rows of {columnCount}.", nameof(columnCount));
        }

        using FileStream file = File.Create(path);
        using Stream stream = DataFile.IsGzip(path) ? new GZipStream(file, CompressionLevel.Fastest) : file;
        stream.Write(Header(values.Length / columnCount, columnCount));
        byte[] row = new byte[columnCount * sizeof(float)];
        for (int start = 0; start < values.Length; start += columnCount)
        {
            for (int column = 0; column < columnCount; column++)
            {
                BinaryPrimitives.WriteSingleLittleEndian(row.AsSpan(column * sizeof(float)), values[start + column]);
            }

            stream.Write(row);
        }
    }

    private static byte[] Header(int rowCount, int columnCount)
    {
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rowCount}, {columnCount}), }}");
        int totalBytes = (FixedBytes + text.Length + 1 + AlignBytes - 1) / AlignBytes * AlignBytes;
        byte[] header = new byte[totalBytes];
        header.AsSpan().Fill((byte)' ');
        ReadOnlySpan<byte> magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0];
        magic.CopyTo(header);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), (ushort)(totalBytes - FixedBytes));
        Encoding.ASCII.GetBytes(text, header.AsSpan(FixedBytes));
        header[^1] = (byte)'\n';
        return header;
    }
}
