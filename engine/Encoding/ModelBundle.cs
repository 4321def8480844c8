using System.Security.Cryptography;

namespace Ebb.Engine.Encoders;

/// <summary>
/// A folder with a trained encoder, read and checked: files whole, shapes as the manifest says, item vectors finite.
/// What it takes to run it is <see cref="SequenceEncoder"/>'s. Immutable.
/// </summary>
public sealed class ModelBundle
{
    public const string EncoderName = "encoder.onnx";

    private ModelBundle(string folder, BundleManifest manifest, BundleVectors items, ReferenceBatch reference)
    {
        Folder = folder;
        Manifest = manifest;
        Items = items;
        Reference = reference;
    }

    public string Folder { get; }

    public BundleManifest Manifest { get; }

    public BundleVectors Items { get; }

    /// <summary>The encoder's file.</summary>
    public string EncoderPath => Path.Combine(Folder, EncoderName);

    internal ReferenceBatch Reference { get; }

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
        foreach (string name in (string[])[EncoderName, BundleVectors.VectorsName, BundleVectors.IdsName,
            ReferenceBatch.FileName])
        {
            if (!files.ContainsKey(name))
            {
                throw new BundleException($"{BundleManifest.FileName}: has no checksum of {name}");
            }
        }

        var items = BundleVectors.Read(files[BundleVectors.VectorsName], files[BundleVectors.IdsName], manifest);
        var reference = ReferenceBatch.Read(files[ReferenceBatch.FileName], manifest);
        return new ModelBundle(folder, manifest, items, reference);
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
