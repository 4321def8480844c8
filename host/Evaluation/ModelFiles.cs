using Ebb.Engine.Encoders;

namespace Ebb.Evaluation;

/// <summary>Where things lie in a model bundle.</summary>
internal static class ModelFiles
{
    public static string Vectors(string folder) => Path.Combine(folder, BundleVectors.VectorsName);

    public static string Ids(string folder) => Path.Combine(folder, BundleVectors.IdsName);

    /// <summary>A line an item, as the training was told; not every bundle has it.</summary>
    public static string ItemCategories(string folder) => Path.Combine(folder, "item_categories.txt");

    /// <summary>The bundle of the learning part alone, which a fit may ask about the validation part.</summary>
    /// <exception cref="DataFileException">The bundle has none.</exception>
    public static string Learning(string folder)
    {
        string learning = Path.Combine(folder, "learning");
        return Directory.Exists(learning)
            ? learning
            : throw DataFileException.In(
                folder, "has no folder 'learning', a model that has not seen the validation part: train it again.");
    }
}
