using Ebb.Engine.Encoders;

namespace Ebb.Server.Hosting;

/// <summary>What lies in a bundle's folder beside what the encoder reads itself.</summary>
internal static class ModelFolder
{
    /// <summary>The file of the bundle's change tree; null where it has none, or where there is no bundle.</summary>
    public static string? Portrait(string? bundle) =>
        bundle is not null && BundleManifest.Read(bundle).Checksums.ContainsKey(ModelBundle.PortraitName)
            ? Path.Combine(bundle, ModelBundle.PortraitName)
            : null;

    /// <summary>The manifest and the files that it has checksums of; what else lies there is for going on.</summary>
    public static void CopyServed(string bundle, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in BundleManifest.Read(bundle).Checksums.Keys.Append(BundleManifest.FileName))
        {
            File.Copy(Path.Combine(bundle, file), Path.Combine(to, file), overwrite: true);
        }
    }
}
