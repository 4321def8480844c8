using System.Buffers.Binary;
using System.Text;
using Ebb.Evaluation;
using Ebb.Evaluation.Npy;
using Xunit;

namespace Ebb.Host.Tests.Evaluation;

public sealed class NpyTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("v.npy")]
    [InlineData("v.npy.gz")]
    public void Reader_WrittenFile_ReadsItBack(string name)
    {
        float[] values = [1, -2.5f, float.MaxValue, 0, 1e-30f, 7];
        NpyWriter.Write(_folder.File(name), values, columnCount: 2);

        Assert.Equal(values, ReadAll(_folder.File(name), out long rows, out int columns));
        Assert.Equal((3, 2), (rows, columns));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void Load_NotFinite_NamesTheItem(float value)
    {
        NpyWriter.Write(_folder.File("v.npy"), [1, 2, 3, value], columnCount: 2);
        var error = Assert.Throws<DataFileException>(
            () => ItemVectors.Load(_folder.File("v.npy"), _folder.Write("ids.txt", "a\nb\n")));
        Assert.Contains("'b' (row 1)", error.Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Reader_EachVersion_Reads(byte version)
    {
        string path = WriteRaw("v.npy", version, "<f4", "(2, 2)", fortran: false, [1, 2, 3, 4]);

        Assert.Equal([1, 2, 3, 4], ReadAll(path, out _, out _));
    }

    [Fact]
    public void Reader_FortranOrder_TurnsRows()
    {
        string path = WriteRaw("v.npy", 1, "<f4", "(2, 3)", fortran: true, [1, 4, 2, 5, 3, 6]);

        Assert.Equal([1, 2, 3, 4, 5, 6], ReadAll(path, out long rows, out int columns));
        Assert.Equal((2, 3), (rows, columns));
    }

    [Fact]
    public void Reader_Float64_RoundsToFloat32()
    {
        string path = WriteRaw("v.npy", 1, "<f8", "(1, 2)", fortran: false, [0.1, 3]);

        Assert.Equal([0.1f, 3f], ReadAll(path, out _, out _));
    }

    [Fact]
    public void Reader_OneDimension_IsRowsOfOne()
    {
        string path = WriteRaw("v.npy", 1, "<f4", "(3,)", fortran: false, [5, 6, 7]);

        Assert.Equal([5, 6, 7], ReadAll(path, out long rows, out int columns));
        Assert.Equal((3, 1), (rows, columns));
    }

    [Theory]
    [InlineData("<i4", "(1, 2)", "'<i4'")]
    [InlineData(">f4", "(1, 2)", "'>f4'")]
    [InlineData("<f4", "(1, 1, 2)", "shape (1, 1, 2)")]
    [InlineData("<f4", "()", "shape ()")]
    [InlineData("<f4", "(3, 2)", "ends early")]
    [InlineData("<f4", "(9223372036854775807, 64)", "ends early")]
    [InlineData("<f4", "(1, 2147483647)", "the second at most 65536")]
    [InlineData("<f4", "(-1, 2)", "shape (-1, 2)")]
    public void Open_NotAnArrayOfFloats_NamesFileAndReason(string type, string shape, string reason)
    {
        string path = WriteRaw("bad.npy", 1, type, shape, fortran: false, [1, 2]);

        AssertOneLine(path, reason);
    }

    [Fact]
    public void Open_EveryTruncatedPrefix_IsRefused()
    {
        NpyWriter.Write(_folder.File("whole.npy"), [1, 2, 3, 4], columnCount: 2);
        byte[] whole = File.ReadAllBytes(_folder.File("whole.npy"));
        string path = _folder.File("cut.npy");
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            AssertOneLine(path, "cut.npy: ");
        }
    }

    [Fact]
    public void TryReadRow_TruncatedGzip_NamesRow()
    {
        string path = _folder.File("cut.npy.gz");
        using (FileStream file = File.Create(path))
        using (var gzip = new System.IO.Compression.GZipStream(file, System.IO.Compression.CompressionLevel.Fastest))
        {
            gzip.Write(Raw(1, "<f4", "(2, 2)", fortran: false, [1, 2, 3]));
        }

        using NpyReader reader = NpyReader.Open(path);
        float[] row = new float[2];
        Assert.True(reader.TryReadRow(row));
        var error = Assert.Throws<DataFileException>(() => reader.TryReadRow(row));
        Assert.Contains("row 1 of 2", error.Message);
    }

    [Theory]
    [InlineData("nothing.npy", "no such file")]
    [InlineData("text.npy", "does not start with")]
    [InlineData("text.npy.gz", "gzip")]
    public void Open_NoNpyFile_SaysSo(string name, string reason)
    {
        File.WriteAllText(_folder.File("text.npy"), "user,item,type,time");
        File.WriteAllText(_folder.File("text.npy.gz"), "user,item,type,time");

        AssertOneLine(_folder.File(name), reason);
    }

    [Fact]
    public void Open_VersionFour_IsRefused()
    {
        string path = WriteRaw("new.npy", 4, "<f4", "(1, 1)", fortran: false, [1]);

        AssertOneLine(path, "version 4");
    }

    [Fact]
    public void Load_VectorsAndIds_PairsThem()
    {
        NpyWriter.Write(_folder.File("v.npy"), [1, 2, 3, 4], columnCount: 2);
        ItemVectors vectors = ItemVectors.Load(_folder.File("v.npy"), _folder.Write("ids.txt", "a\r\nb\n"));

        Assert.Equal(["a", "b"], vectors.Ids);
        Assert.Equal([3f, 4f], vectors.Row(1).ToArray());
    }

    [Theory]
    [InlineData("a\nb\nc\n", "names 3 items")]
    [InlineData("a\na\n", "ids.txt:2: the id 'a' stands on line 1")]
    public void Load_IdsDoNotFit_SaysWhere(string ids, string reason)
    {
        NpyWriter.Write(_folder.File("v.npy"), [1, 2, 3, 4], columnCount: 2);
        string idsPath = _folder.Write("ids.txt", ids);

        var error = Assert.Throws<DataFileException>(() => ItemVectors.Load(_folder.File("v.npy"), idsPath));
        Assert.Contains(reason, error.Message);
    }

    private static void AssertOneLine(string path, string reason)
    {
        var error = Assert.Throws<DataFileException>(() => NpyReader.Open(path).Dispose());
        Assert.StartsWith(path + ": ", error.Message);
        Assert.Contains(reason, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    private static float[] ReadAll(string path, out long rows, out int columns)
    {
        using NpyReader reader = NpyReader.Open(path);
        (rows, columns) = (reader.RowCount, reader.ColumnCount);
        var values = new List<float>();
        float[] row = new float[columns];
        while (reader.TryReadRow(row))
        {
            values.AddRange(row);
        }

        return [.. values];
    }

    private string WriteRaw(string name, byte version, string type, string shape, bool fortran, double[] values)
    {
        File.WriteAllBytes(_folder.File(name), Raw(version, type, shape, fortran, values));
        return _folder.File(name);
    }

    private static byte[] Raw(byte version, string type, string shape, bool fortran, double[] values)
    {
        string order = fortran ? "True" : "False";
        byte[] header = Encoding.ASCII.GetBytes(
            $"{{'descr': '{type}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
        byte[] length = new byte[version == 1 ? 2 : 4];
        BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)header.Length);
        IEnumerable<byte> numbers = values.SelectMany(
            value => type == "<f8" ? BitConverter.GetBytes(value) : BitConverter.GetBytes((float)value));
        return [0x93, .. "NUMPY"u8, version, 0, .. length, .. header, .. numbers];
    }
}
