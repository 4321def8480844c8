using Xunit;

namespace Ebb.Host.Tests.Evaluation;

/// <summary>
/// The real data sets, which are not part of the repository: the folder that EBB_DATA names, or shared/data in or
/// beside a folder above the tests. A test that needs one is skipped, with the reason, where it is not there.
/// </summary>
internal static class SharedData
{
    private const string Variable = "EBB_DATA";
    private const string Marker = "ml-100k";

    public static string Folder(string dataset)
    {
        string? root = Find();
        Assert.SkipWhen(root is null, $"no data sets: {Variable} names no folder, and no shared/data lies above");
        string folder = Path.Combine(root!, dataset);
        Assert.SkipUnless(Directory.Exists(folder), $"{dataset} is not among the data sets");
        return folder;
    }

    private static string? Find()
    {
        string? named = Environment.GetEnvironmentVariable(Variable);
        if (!string.IsNullOrEmpty(named))
        {
            return Directory.Exists(named) ? named : null;
        }

        for (DirectoryInfo? above = new(AppContext.BaseDirectory); above is not null; above = above.Parent)
        {
            string candidate = Path.Combine(above.FullName, "shared", "data");
            if (Directory.Exists(Path.Combine(candidate, Marker)))
            {
                return candidate;
            }
        }

        return null;
    }
}
