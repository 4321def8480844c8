namespace Ebb.Evaluation.Studies.Shop;

/// <summary>Items whose titles share rare words. Pure.</summary>
internal static class TitleLinks
{
    public const string Title = "title";

    private const int LinkCountMax = 8;
    private const double CosineMin = 0.3;

    /// <summary>The strongest links of each item, by the cosine of idf-weighted words; a pair may come twice.</summary>
    public static IEnumerable<(int From, int To, double Weight)> Of(
        SortedDictionary<string, List<int>> words, int itemCount)
    {
        double[] squares = new double[itemCount];
        var wordsOf = new List<(List<int> Items, double Square)>[itemCount];
        foreach (List<int> items in words.Values)
        {
            double idf = Math.Log((double)itemCount / items.Count);
            foreach (int item in items)
            {
                squares[item] += idf * idf;
                (wordsOf[item] ??= []).Add((items, idf * idf));
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
