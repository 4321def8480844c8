using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Ebb.Engine.Encoders;

/// <summary>
/// A bundle's item vectors and their ids, in the order in which the model numbers them from 1. Immutable.
/// </summary>
public sealed class BundleVectors
{
    public const string VectorsName = "item_vectors.npy";
    public const string IdsName = "item_ids.txt";

    // \x93NUMPY, version 1.0, header length: 10 bytes; the header is a Python dictionary.
    private const int PreambleBytes = 10;

    private readonly float[] _values;

    internal BundleVectors(OpaqueId[] ids, float[] values, int dimension)
    {
        Ids = ids;
        Dimension = dimension;
        _values = values;
    }

    public IReadOnlyList<OpaqueId> Ids { get; }

    public int Dimension { get; }

    public int Count => Ids.Count;

    public ReadOnlyMemory<float> Row(int index) => _values.AsMemory(index * Dimension, Dimension);

    /// <exception cref="BundleException">Not as the manifest says, or no numbers.</exception>
    internal static BundleVectors Read(byte[] vectors, byte[] ids, BundleManifest manifest)
    {
        int dimension = manifest.Shape.Dimension;
        int start = CheckHeader(vectors, manifest);
        long wanted = 4L * manifest.ItemCount * dimension;
        if (vectors.Length - start != wanted)
        {
            throw new BundleException(
                $"{VectorsName}: holds {vectors.Length - start} bytes of vectors, not {wanted}");
        }

        float[] values = new float[manifest.ItemCount * dimension];
        for (int index = 0; index < values.Length; index++)
        {
            values[index] = BinaryPrimitives.ReadSingleLittleEndian(vectors.AsSpan(start + (4 * index)));
            if (!float.IsFinite(values[index]))
            {
                throw new BundleException($"{VectorsName}: item {index / dimension} has a value that is no number");
            }
        }

        return new BundleVectors(ReadIds(ids, manifest), values, dimension);
    }

    private static int CheckHeader(byte[] vectors, BundleManifest manifest)
    {
        bool isNpy = vectors.Length > PreambleBytes
            && vectors.AsSpan(0, 8).SequenceEqual((ReadOnlySpan<byte>)[0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P',
                (byte)'Y', 1, 0]);
        int start = isNpy ? PreambleBytes + BinaryPrimitives.ReadUInt16LittleEndian(vectors.AsSpan(8)) : 0;
        if (!isNpy || start > vectors.Length)
        {
            throw new BundleException($"{VectorsName}: is no .npy file of version 1.0");
        }

        string header = Encoding.Latin1.GetString(vectors, PreambleBytes, start - PreambleBytes);
        string shape = string.Create(
            CultureInfo.InvariantCulture, $"'shape': ({manifest.ItemCount}, {manifest.Shape.Dimension})");
        foreach (string part in (string[])["'descr': '<f4'", "'fortran_order': False", shape])
        {
            if (!header.Contains(part, StringComparison.Ordinal))
            {
                throw new BundleException($"{VectorsName}: is {header.Trim()}, without {part}");
            }
        }

        return start;
    }

    private static OpaqueId[] ReadIds(byte[] bytes, BundleManifest manifest)
    {
        string[] lines = Encoding.UTF8.GetString(bytes).Split('\n');
        int count = lines[^1].Length == 0 ? lines.Length - 1 : lines.Length;
        if (count != manifest.ItemCount)
        {
            throw new BundleException($"{IdsName}: has {count} ids, the manifest says {manifest.ItemCount}");
        }

        OpaqueId[] ids = [.. lines.Take(count).Select(line => new OpaqueId(line))];
        if (ids.Any(id => !id.IsValid))
        {
            throw new BundleException($"{IdsName}: an id has not 1 to {OpaqueId.BytesMax} bytes");
        }

        return ids.Distinct().Count() == ids.Length
            ? ids
            : throw new BundleException($"{IdsName}: an id stands there twice");
    }
}
