using Ebb.Evaluation.Replay;
using Ebb.Evaluation.Studies.Population;

namespace Ebb.Evaluation.Studies.Experiments;

/// <summary>The items of a log by category, both by how much they are done. Pure.</summary>
internal static class TasteGroups
{
    /// <summary>Items of the log that are ranked, most done first; the category that is done most first.</summary>
    /// <exception cref="DataFileException">There are no two categories.</exception>
    public static int[][] Of(ReplayData data, EvaluationOptions options)
    {
        string?[] categories = ItemCategories.Of(data.Log, options, data.Vectors, out _);
        int[] counts = new int[categories.Length];
        foreach (Datasets.BehaviourRow row in data.Split.Rows)
        {
            counts[row.Item]++;
        }

        int[][] groups =
        [
            .. Enumerable.Range(0, categories.Length)
                .Where(item => categories[item] is not null && data.Split.Catalogue.IndexOf(item) >= 0)
                .GroupBy(item => categories[item])
                .Select(group => group.OrderByDescending(item => counts[item]).ToArray())
                .OrderByDescending(group => group.Sum(item => counts[item])),
        ];
        return groups.Length >= 2
            ? groups
            : throw DataFileException.In(options.DataPath, "a taste cannot turn: there are no two categories.");
    }

    /// <summary>By item of the log; group −1 for one that is in none.</summary>
    public static (int Group, int Rank)[] Places(int[][] groups, int itemCount)
    {
        var places = new (int Group, int Rank)[itemCount];
        Array.Fill(places, (-1, 0));
        for (int group = 0; group < groups.Length; group++)
        {
            for (int rank = 0; rank < groups[group].Length; rank++)
            {
                places[groups[group][rank]] = (group, rank);
            }
        }

        return places;
    }
}
