using System.Text;
using Ebb.Engine.Log;
using Ebb.Engine.Store.Base;
using Xunit;

namespace Ebb.Engine.Tests.Store;

public sealed class BaseManifestTests
{
    [Fact]
    public void Read_NewFolder_IsNull()
    {
        using var folder = new TemporaryFolder();
        Assert.Null(BaseManifest.Read(folder.Path));
    }

    [Fact]
    public void Publish_NextRound_ReplacesItAndRemovesOnlyWhatIsNotNamed()
    {
        using var folder = new TemporaryFolder();
        BaseManifest first = WithFiles(folder, Manifest(1));
        first.Publish(folder.Path);
        BaseManifest read = BaseManifest.Read(folder.Path)!;
        Assert.Equal(first.Partitions, read.Partitions);
        Assert.Equal(first with { Partitions = read.Partitions }, read);

        // Partition 1 and the catalogue did not change since.
        BaseManifest second = Manifest(2);
        second = second with { Partitions = [second.Partitions[0], first.Partitions[1]] };
        second = WithFiles(folder, second with { CatalogueFile = first.CatalogueFile });
        second.Publish(folder.Path);
        Assert.False(File.Exists(folder.File(first.Partitions[0].File)));
        Assert.True(File.Exists(folder.File(first.Partitions[1].File)));
        Assert.True(File.Exists(folder.File(second.Partitions[0].File)));
        Assert.True(File.Exists(folder.File(first.CatalogueFile!)));
        Assert.Equal(2, BaseManifest.Read(folder.Path)!.Round);
    }

    [Fact]
    public void RemoveUnpublished_FilesOfARoundThatFailed_AreRemoved()
    {
        using var folder = new TemporaryFolder();
        BaseManifest manifest = WithFiles(folder, Manifest(1));
        manifest.Publish(folder.Path);
        WithFiles(folder, Manifest(2));
        File.WriteAllText(folder.File("base/p000-r00000003.base.tmp"), "half");
        BaseManifest.RemoveUnpublished(folder.Path, BaseManifest.Read(folder.Path));
        Assert.Equal(
            manifest.Partitions.Select(partition => folder.File(partition.File)).Order(),
            Directory.GetFiles(folder.File("base")).Order());
    }

    [Fact]
    public void Read_EveryFlippedByteAndTruncation_IsDetected()
    {
        using var folder = new TemporaryFolder();
        Manifest(1).Publish(folder.Path);
        string path = folder.File(BaseManifest.FileName);
        byte[] whole = File.ReadAllBytes(path);
        for (int position = 0; position < whole.Length; position++)
        {
            byte[] damaged = (byte[])whole.Clone();
            damaged[position] ^= (byte)(1 << (position % 8));
            File.WriteAllBytes(path, damaged);
            AssertDamaged(folder, path, $"byte {position}");
            File.WriteAllBytes(path, whole[..position]);
            AssertDamaged(folder, path, $"length {position}");
        }

        File.WriteAllBytes(path, [.. whole, (byte)'\n']);
        AssertDamaged(folder, path, "a byte more");
    }

    [Fact]
    public void Read_NewerFormat_SaysSo()
    {
        using var folder = new TemporaryFolder();
        byte[] line = Encoding.UTF8.GetBytes("{\"FormatVersion\":2,\"Shards\":[]}\n");
        byte[] checksum = Encoding.UTF8.GetBytes($"crc32c {Crc32C.Compute(line):x8}\n");
        File.WriteAllBytes(folder.File(BaseManifest.FileName), [.. line, .. checksum]);
        BaseCorruptException error = Assert.Throws<BaseCorruptException>(() => BaseManifest.Read(folder.Path));
        Assert.Contains("format 2", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    private static BaseManifest Manifest(long round) => new()
    {
        Dimension = 64,
        PartitionCount = 2,
        SchemaJson = "{\"halfLives\":[\"30d\"]}",
        Round = round,
        CatalogueFile = $"catalogue/c-{round}.base",
        CatalogueGeneration = 12,
        Partitions =
        [
            new PartitionBase(BaseManifest.PartitionFileName(0, round), 3, ulong.MaxValue),
            new PartitionBase(BaseManifest.PartitionFileName(1, round), 4, 0),
        ],
    };

    private static BaseManifest WithFiles(TemporaryFolder folder, BaseManifest manifest)
    {
        foreach (string file in manifest.Partitions.Select(partition => partition.File).Append(manifest.CatalogueFile!))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.File(file))!);
            File.WriteAllText(folder.File(file), "base");
        }

        return manifest;
    }

    private static void AssertDamaged(TemporaryFolder folder, string path, string how)
    {
        Exception? error = Record.Exception(() => BaseManifest.Read(folder.Path));
        Assert.True(error is BaseCorruptException, $"{how}: {error}");
        Assert.StartsWith(path, error.Message);
    }
}
