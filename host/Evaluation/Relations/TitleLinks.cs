namespace Ebb.Evaluation.Relations;

/// <summary>Items whose titles share rare words. Pure.</summary>
internal static class TitleLinks
{
    public const string Title = "title";

    private const int LinkCountMax = 8;
    private const int WordLettersMin = 3;
    private const double CosineMin = 0.3;

    private static readonly char[] Gaps = [' ', ',', '.', '/', '+', '-'];

    /// <summary>The items of each word of at least three letters, in lower case.</summary>
    public static SortedDictionary<string, List<int>> Words(IEnumerable<(int Item, string Title)> titles)
    {
        var words = new SortedDictionary<string, List<int>>(StringComparer.Ordinal);
        foreach ((int item, string title) in titles)
        {
            foreach (string word in title.ToLowerInvariant().Split(Gaps, StringSplitOptions.RemoveEmptyEntries)
                .Distinct().Where(word => word.Length >= WordLettersMin))
            {
                words.TryAdd(word, []);
                words[word].Add(item);
            }
        }

        return words;
    }

    /// <summary>The strongest links of each item, by the cosine of idf-weighted words; a pair may come twice.</summary>
    /// <param name="words">The items of each.</param>
    /// <param name="itemCount">Items are numbered below it.</param>
    /// <param name="wordItemsMax">A word of more items links nobody: pairs grow with its square.</param>
    public static IEnumerable<(int From, int To, double Weight)> Of(
        SortedDictionary<string, List<int>> words, int itemCount, int wordItemsMax = int.MaxValue)
    {
        double[] squares = new double[itemCount];
        var wordsOf = new List<(List<int> Items, double Square)>[itemCount];
        foreach (List<int> items in words.Values)
        {
            double idf = Math.Log((double)itemCount / items.Count);
            foreach (int item in items)
            {
                squares[item] += idf * idf;
                if (items.Count <= wordItemsMax)
                {
                    (wordsOf[item] ??= []).Add((items, idf * idf));
                }
            }
        }

        for (int from = 0; from < itemCount; from++)
        {
            var dots = new Dictionary<int, double>();
            foreach ((List<int> items, double square) in wordsOf[from] ?? [])
            {
                foreach (int to in items)
                {
                    dots[to] = dots.GetValueOrDefault(to) + square;
                }
            }

            dots.Remove(from);
            foreach ((int to, double cosine) in dots
                .Select(pair => (To: pair.Key, Cosine: pair.Value / Math.Sqrt(squares[from] * squares[pair.Key])))
                .Where(link => link.Cosine >= CosineMin)
                .OrderByDescending(link => link.Cosine).ThenBy(link => link.To).Take(LinkCountMax))
            {
                yield return (from, to, cosine);
            }
        }
    }
}
