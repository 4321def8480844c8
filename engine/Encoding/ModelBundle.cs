using System.Security.Cryptography;
using System.Text;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Policy;
using Ebb.Engine.Portrait;

namespace Ebb.Engine.Encoders;

/// <summary>
/// A folder with a trained encoder, read and checked: files whole, shapes as the manifest says, item vectors finite.
/// What it takes to run it is <see cref="SequenceEncoder"/>'s. Immutable.
/// </summary>
public sealed class ModelBundle
{
    public const string EncoderName = "encoder.onnx";
    public const string ReRankerName = "reranker.onnx";
    public const string ReRankerReferenceName = "reranker_reference.json";
    public const string ItemEncoderName = "item_encoder.onnx";
    public const string ItemReferenceName = "item_reference.json";
    public const string CategoriesName = "categories.txt";
    public const string PortraitName = "portrait.json";

    private ModelBundle()
    {
    }

    public required string Folder { get; init; }

    public required BundleManifest Manifest { get; init; }

    public required BundleVectors Items { get; init; }

    /// <summary>What the head tells apart, by column; empty: there is none.</summary>
    public required IReadOnlyList<string> Categories { get; init; }

    /// <summary>What foretells a change of interest, for PORTRAIT; null: the bundle has none.</summary>
    public ChangeTree? Portrait { get; private init; }

    /// <summary>The encoder's file.</summary>
    public string EncoderPath => Path.Combine(Folder, EncoderName);

    public string ReRankerPath => Path.Combine(Folder, ReRankerName);

    public string ItemEncoderPath => Path.Combine(Folder, ItemEncoderName);

    internal ReferenceBatch Reference { get; private init; } = null!;

    /// <summary>Null: the bundle has no re-ranker.</summary>
    internal RowReference? ReRankerReference { get; private init; }

    /// <summary>Null: the bundle has no item encoder.</summary>
    internal RowReference? ItemReference { get; private init; }

    /// <exception cref="BundleException">One line: which file, and what is wrong with it.</exception>
    public static ModelBundle Read(string folder)
    {
        var manifest = BundleManifest.Read(folder);
        foreach (string name in manifest.Checksums.Keys.Where(name => !IsPlain(name)))
        {
            throw new BundleException($"{BundleManifest.FileName}: '{name}' is no name of a file in the bundle");
        }

        // All that have a checksum, those that this version does not read too.
        var files = manifest.Checksums.Keys.ToDictionary(name => name, name => Whole(folder, name, manifest));
        foreach (string name in Needed(manifest).Where(name => !files.ContainsKey(name)))
        {
            throw new BundleException($"{BundleManifest.FileName}: has no checksum of {name}");
        }

        return new ModelBundle
        {
            Folder = folder,
            Manifest = manifest,
            Items = BundleVectors.Read(files[BundleVectors.VectorsName], files[BundleVectors.IdsName], manifest),
            Categories = manifest.Shape.CategoryCount == 0 ? [] : ReadCategories(files[CategoriesName], manifest),
            Portrait = files.TryGetValue(PortraitName, out byte[]? tree) ? ReadPortrait(tree) : null,
            Reference = ReferenceBatch.Read(files[ReferenceBatch.FileName], manifest),
            ReRankerReference = manifest.HasReRanker
                ? RowReference.Read(ReRankerReferenceName, files[ReRankerReferenceName], NeuralReRanker.Shape)
                : null,
            ItemReference = manifest.ItemEncoder is { } item
                ? RowReference.Read(ItemReferenceName, files[ItemReferenceName], item.Rows)
                : null,
        };
    }

    private static List<string> Needed(BundleManifest manifest)
    {
        List<string> names = [EncoderName, BundleVectors.VectorsName, BundleVectors.IdsName, ReferenceBatch.FileName];
        if (manifest.Shape.CategoryCount > 0)
        {
            names.Add(CategoriesName);
        }

        if (manifest.HasReRanker)
        {
            names.AddRange([ReRankerName, ReRankerReferenceName]);
        }

        if (manifest.ItemEncoder is not null)
        {
            names.AddRange([ItemEncoderName, ItemReferenceName]);
        }

        return names;
    }

    private static string[] ReadCategories(byte[] bytes, BundleManifest manifest)
    {
        string[] lines = Encoding.UTF8.GetString(bytes).TrimEnd('\n').Split('\n');
        return lines.Length == manifest.Shape.CategoryCount && lines.Distinct().Count() == lines.Length
            && lines.All(line => Encoding.UTF8.GetByteCount(line) is >= 1 and <= ItemPut.AttributeBytesMax)
                ? lines
                : throw new BundleException(
                    $"{CategoriesName}: does not hold {manifest.Shape.CategoryCount} different names of 1 to"
                    + $" {ItemPut.AttributeBytesMax} bytes");
    }

    private static ChangeTree ReadPortrait(byte[] bytes)
    {
        try
        {
            return ChangeTreeDocument.Read(Encoding.UTF8.GetString(bytes));
        }
        catch (DocumentException problem)
        {
            throw new BundleException($"{PortraitName}: {problem.Message}", problem);
        }
    }

    private static bool IsPlain(string name) => name.Length > 0 && Path.GetFileName(name) == name;

    private static byte[] Whole(string folder, string name, BundleManifest manifest)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(Path.Combine(folder, name));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BundleException($"{name}: {failure.Message}", failure);
        }

        return Convert.ToHexStringLower(SHA256.HashData(bytes)) == manifest.Checksums[name]
            ? bytes
            : throw new BundleException($"{name}: is not the file that the manifest has the checksum of");
    }
}
