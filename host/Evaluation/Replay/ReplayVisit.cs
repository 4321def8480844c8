using Ebb.Engine.Ranking;

namespace Ebb.Evaluation.Replay;

/// <summary>
/// How the queries of a replay are put. Several models must learn alike (they are asked on one engine, one after the
/// other, and each query on its own); one alone is asked as a server is, its lists kept from query to query.
/// </summary>
/// <param name="Count">List length, beside what the protocol leaves out.</param>
/// <param name="OnAnswer">Told the model's and the query's index, from any thread.</param>
internal sealed record ReplayVisit(
    IReadOnlyList<ServedModel> Models, int Count, Action<int, int, Recommendation> OnAnswer)
{
    /// <summary>Ask what each source gives.</summary>
    public bool Sources { get; init; }

    public Action<double>? Progress { get; init; }
}
