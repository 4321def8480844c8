using Ebb.Engine.Graph;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Relations;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies.Shop;

/// <summary>
/// A graph from what a shop has: items bought together in the training part, and the words of their titles, which stand
/// for the brand and category that the data set does not name.
/// </summary>
internal static class RetailGraph
{
    public const string Together = "together";
    public const string Word = "word";

    private const int NeighbourCountMax = 20;
    private const int WordItemsMax = 200;

    public static VectorGraph Build(BehaviourLog log, EvaluationSplit split, float[][] vectors, GraphOptions options)
    {
        var graph = new VectorGraph(vectors[0].Length, options);
        for (int item = 0; item < vectors.Length; item++)
        {
            graph.Put(NodeOf(split, item), vectors[item]);
        }

        foreach ((int from, int to, double weight) in TogetherLinks(split))
        {
            graph.AddEdge(Together, NodeOf(split, from), NodeOf(split, to), weight);
        }

        foreach ((string word, List<int> items) in Words(log, split))
        {
            foreach (int item in items.Count <= WordItemsMax ? items : [])
            {
                graph.AddEdge(Word, NodeOf(split, item), new GraphNode(Word, word));
            }
        }

        graph.Propagate();
        return graph;
    }

    /// <summary>
    /// Bought together in the training part, and titles that share rare words: each item to the nearest of them, by the
    /// cosine of their words' weights.
    /// </summary>
    public static VectorGraph BuildByTitles(
        BehaviourLog log, EvaluationSplit split, float[][] vectors, (double Together, double Title) weights)
    {
        var graph = new VectorGraph(vectors[0].Length, new GraphOptions
        {
            Shrink = 1,
            Weights = new Dictionary<string, double>
            {
                [Together] = weights.Together,
                [TitleLinks.Title] = weights.Title,
            },
        });
        for (int item = 0; item < vectors.Length; item++)
        {
            graph.Put(NodeOf(split, item), ColdSlices.IsCold(split, item) ? [] : vectors[item]);
        }

        IEnumerable<(int From, int To, double Weight)> titles = TitleLinks.Of(Words(log, split), vectors.Length);
        foreach ((string relation, var links) in new[] { (Together, TogetherLinks(split)), (TitleLinks.Title, titles) })
        {
            foreach ((int from, int to, double weight) in links)
            {
                graph.AddEdge(relation, NodeOf(split, from), NodeOf(split, to), weight);
            }
        }

        graph.Propagate();
        return graph;
    }

    /// <summary>Of every item; zeros where nothing reaches it.</summary>
    public static float[][] Vectors(EvaluationSplit split, VectorGraph graph, int dimension) =>
    [
        .. Enumerable.Range(0, split.Catalogue.Count).Select(item =>
            graph.Vector(NodeOf(split, item)) is { Length: > 0 } vector ? vector : new float[dimension]),
    ];

    private static GraphNode NodeOf(EvaluationSplit split, int item) => GraphNode.Item(split.Catalogue.Ids[item]);

    /// <summary>The strongest links of each item: counts of common baskets, divided by √(n_i·n_j).</summary>
    private static IEnumerable<(int From, int To, double Weight)> TogetherLinks(EvaluationSplit split)
    {
        var pairs = new Dictionary<(int, int), int>();
        int[] counts = new int[split.Catalogue.Count];
        foreach (IGrouping<int, int> basket in Enumerable.Range(0, split.Rows.Length)
            .Where(row => split.Training[row]).GroupBy(row => split.Rows[row].Basket))
        {
            int[] items =
            [
                .. basket.Select(row => split.Catalogue.IndexOf(split.Rows[row].Item)).Where(item => item >= 0)
                    .Distinct().Order(),
            ];
            for (int left = 0; left < items.Length; left++)
            {
                counts[items[left]]++;
                for (int right = left + 1; right < items.Length; right++)
                {
                    pairs[(items[left], items[right])] = pairs.GetValueOrDefault((items[left], items[right])) + 1;
                }
            }
        }

        return pairs.Select(pair => (
                From: pair.Key.Item1, To: pair.Key.Item2,
                Weight: pair.Value / Math.Sqrt((double)counts[pair.Key.Item1] * counts[pair.Key.Item2])))
            .SelectMany(link => new[] { link, (From: link.To, To: link.From, link.Weight) })
            .GroupBy(link => link.From)
            .SelectMany(links => links.OrderByDescending(link => link.Weight).ThenBy(link => link.To)
                .Take(NeighbourCountMax));
    }

    private static SortedDictionary<string, List<int>> Words(BehaviourLog log, EvaluationSplit split) =>
        TitleLinks.Words(Enumerable.Range(0, log.Items.Count)
            .Select(item => (Index: split.Catalogue.IndexOf(item), Title: log.ItemTitles[item] ?? ""))
            .Where(pair => pair.Index >= 0));
}
