using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// What each source says of each candidate of each question, standardised, as the engine blends it: with it a blend of
/// other weights is measured without asking again. Candidates are the best of all sources at equal weights. Filled from
/// any thread, one query each; then read by any.
/// </summary>
internal sealed class BlendTable
{
    /// <summary>The kinds that have a weight: the order of values and weights.</summary>
    public static readonly SourceKind[] Kinds =
    [
        SourceKind.Vector, SourceKind.Transitions, SourceKind.Neighbours, SourceKind.Popularity, SourceKind.Repeats,
        SourceKind.Encoder,
    ];

    public const int SourceCount = 6;

    // As many as a list may have, so that whatever a source puts high is among them.
    private const int CandidateCount = RecommendQuery.CountMax;
    private const int ListLength = RankingMeasures.ListLength;

    private const double SoftPlaces = 5;

    /// <summary>Places that are told apart: behind them a hit is worth nothing.</summary>
    private const int PlaceMax = 60;

    private readonly Question[] _questions;

    private BlendTable(int count)
    {
        _questions = new Question[count];
    }

    public ReadOnlySpan<Question> Questions => _questions;

    /// <summary>A table a shape. Shapes learn alike and fade differently; their weights do not matter.</summary>
    public static async Task<BlendTable[]> CollectAsync(
        EngineReplay replay, ServedModel model, IReadOnlyList<SourcePolicy> shapes, CancellationToken cancellation)
    {
        BlendTable[] tables = [.. shapes.Select(_ => new BlendTable(replay.Queries.Length))];
        var visit = new ReplayVisit(
            [.. shapes.Select(shape => model with { Sources = Alike(shape) })], CandidateCount,
            (shape, index, list) =>
                tables[shape]._questions[index] = Question.Of(replay, replay.Queries[index], list))
        {
            Sources = true,
        };
        await replay.VisitAsync(visit, cancellation).ConfigureAwait(false);
        return tables;
    }

    /// <summary>Recall@20 of each question under other weights, in the order of <see cref="Kinds"/>.</summary>
    public double[] Recalls(double[] weights) => Measure(weights, before => before < ListLength ? 1 : 0);

    /// <summary>
    /// Recall with a soft end of the list: a hit counts by how far before or behind place 20 it stands. What lies just
    /// on either side of the cut is luck, and a search that climbs the hard measure climbs the luck.
    /// </summary>
    public double SoftRecall(double[] weights) => Measure(weights, SoftHit).Average();

    private static double SoftHit(int before) => 1 / (1 + Math.Exp((before + 0.5 - ListLength) / SoftPlaces));

    private double[] Measure(double[] weights, Func<int, double> worth)
    {
        double[] recalls = new double[_questions.Length];
        Parallel.For(0, recalls.Length, index => recalls[index] = _questions[index].Recall(weights, worth));
        return recalls;
    }

    private static SourcePolicy Alike(SourcePolicy shape) => shape with
    {
        Vector = 1,
        Transitions = 1,
        Neighbours = 1,
        Popularity = 1,
        Repeats = 1,
        Encoder = 1,
        LearnAll = true,
    };

    /// <summary>One question: a row of standardised values a candidate, and which candidates are truth.</summary>
    internal sealed class Question
    {
        private int[] _items = [];

        private double _recallUnit;

        /// <summary>SourceCount values a candidate, one candidate after the other.</summary>
        public float[] Values { get; private init; } = [];

        /// <summary>Places of the candidates that are truth.</summary>
        public int[] Hits { get; private init; } = [];

        public int Count => _items.Length;

        public static Question Of(EngineReplay replay, ReplayQuery query, Recommendation list)
        {
            (RecommendedItem Item, int Index)[] ranked = [.. replay.Ranked(query, list)];
            float[] values = new float[ranked.Length * SourceCount];
            for (int place = 0; place < ranked.Length; place++)
            {
                foreach (SourceTerm source in ranked[place].Item.Sources)
                {
                    int kind = Array.IndexOf(Kinds, source.Kind);
                    if (kind >= 0)
                    {
                        values[(place * SourceCount) + kind] = source.Amount;
                    }
                }
            }

            return new Question
            {
                Values = values,
                Hits = [.. Enumerable.Range(0, ranked.Length).Where(
                    place => query.SeenTruth.Contains(ranked[place].Index))],
                _items = [.. ranked.Select(pair => pair.Index)],
                _recallUnit = 1.0 / Math.Min(ListLength, query.SeenTruth.Length),
            };
        }

        /// <summary>The blended score of a candidate.</summary>
        public double Score(int place, double[] weights)
        {
            double score = 0;
            ReadOnlySpan<float> values = Values.AsSpan(place * SourceCount, SourceCount);
            for (int source = 0; source < SourceCount; source++)
            {
                score += weights[source] * values[source];
            }

            return score;
        }

        /// <summary>Sums what each truth is worth by how many candidates stand before it.</summary>
        public double Recall(double[] weights, Func<int, double> worth)
        {
            if (Hits.Length == 0)
            {
                return 0;
            }

            double[] scores = new double[Count];
            for (int place = 0; place < scores.Length; place++)
            {
                scores[place] = Score(place, weights);
            }

            double found = 0;
            foreach (int hit in Hits)
            {
                int before = 0;
                for (int place = 0; place < scores.Length && before < PlaceMax; place++)
                {
                    before += scores[place] > scores[hit]
                        || (scores[place] == scores[hit] && _items[place] < _items[hit]) ? 1 : 0;
                }

                found += worth(before);
            }

            return Math.Min(1, found * _recallUnit);
        }
    }
}
