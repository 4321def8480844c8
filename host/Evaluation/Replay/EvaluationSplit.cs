using Ebb.Engine;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Npy;

namespace Ebb.Evaluation.Replay;

/// <summary>
/// A log cut into training part and queries by the rules of the protocol. Rows are sorted by user, then time, stably:
/// equal times stay in file order and the earlier one counts as before. Negative acts (returns, dislikes) are neither
/// truth nor history and are not among the rows. Immutable.
/// </summary>
internal sealed class EvaluationSplit
{
    private EvaluationSplit(BehaviourRow[] rows, bool[] training, EvaluationCatalogue catalogue)
    {
        Rows = rows;
        Training = training;
        Catalogue = catalogue;
    }

    public BehaviourRow[] Rows { get; }

    /// <summary>Per row: part of the training part.</summary>
    public bool[] Training { get; }

    public EvaluationCatalogue Catalogue { get; }

    /// <summary>In the order of Rows: the queries of one user stand together, in time.</summary>
    public required ReplayQuery[] Queries { get; init; }

    public required int QueriesWithoutHistory { get; init; }

    public static EvaluationSplit Build(BehaviourLog log, SplitRule rule, int historyEventMax, ItemVectors? vectors)
    {
        BehaviourRow[] rows =
        [
            .. log.Rows.Where(row => row.Type is not (EventTypes.Return or EventTypes.Dislike))
                .OrderBy(row => row.User).ThenBy(row => row.TimeMs),
        ];
        List<Act> acts = FindActs(rows, log.HasBaskets);
        bool[] asked = ActSelector.Select(log, rows, acts, rule);
        bool[] training = new bool[rows.Length];
        int[] trainingCounts = new int[log.Items.Count];
        for (int index = 0; index < acts.Count; index++)
        {
            for (int row = acts[index].Start; row < acts[index].End && !asked[index]; row++)
            {
                training[row] = true;
                trainingCounts[rows[row].Item]++;
            }
        }

        var catalogue = EvaluationCatalogue.Build(log.Items, trainingCounts, vectors);
        Act[] askedActs = [.. acts.Where((_, index) => asked[index])];
        return new EvaluationSplit(rows, training, catalogue)
        {
            QueriesWithoutHistory = askedActs.Count(act => act.Start == act.UserStart),
            Queries =
            [
                .. askedActs.Where(act => act.Start > act.UserStart)
                    .Select(act => ToQuery(act, rows, catalogue, historyEventMax)),
            ],
        };
    }

    /// <summary>Rows of one basket in a row are one act; where there are no baskets every row is one.</summary>
    private static List<Act> FindActs(BehaviourRow[] rows, bool baskets)
    {
        var acts = new List<Act>();
        int userStart = 0;
        for (int start = 0; start < rows.Length;)
        {
            userStart = rows[start].User == rows[userStart].User ? userStart : start;
            int end = start + 1;
            while (baskets && end < rows.Length
                && rows[end].Basket == rows[start].Basket && rows[end].User == rows[start].User)
            {
                end++;
            }

            acts.Add(new Act(userStart, start, end));
            start = end;
        }

        return acts;
    }

    private static ReplayQuery ToQuery(
        Act act, BehaviourRow[] rows, EvaluationCatalogue catalogue, int historyEventMax)
    {
        int historyStart = historyEventMax > 0 ? Math.Max(act.UserStart, act.Start - historyEventMax) : act.UserStart;
        int[] truth = [.. rows[act.Start..act.End].Select(row => row.Item).Distinct().Select(catalogue.IndexOf)];
        return new ReplayQuery(act.UserStart, historyStart, act.Start, rows[act.Start].TimeMs, truth)
        {
            SeenTruth = [.. truth.Select(item => item >= 0 && catalogue.TrainingCounts[item] > 0 ? item : -1)],
        };
    }
}

/// <summary>One act of a user: rows [Start, End) of a sorted log; the user's first row is UserStart.</summary>
internal readonly record struct Act(int UserStart, int Start, int End);
