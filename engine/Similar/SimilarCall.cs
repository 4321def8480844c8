using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;
using Ebb.Kernels.TopK;

namespace Ebb.Engine.Similar;

/// <summary>One basket on its way through a turn of <see cref="SimilarTurns"/>.</summary>
internal sealed class SimilarCall(SimilarQuery query)
{
    private readonly List<int> _rows = [];
    private readonly TaskCompletionSource<SimilarList> _answer =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int _unknownCount;

    public SimilarQuery Query => query;

    public Task<SimilarList> Answer => _answer.Task;

    /// <summary>Rows of the basket's live items, each once.</summary>
    public IReadOnlyList<int> Rows => _rows;

    /// <summary>Filled by the turn; nothing in it until then.</summary>
    public TopKRequest Scan { get; } = new();

    /// <summary>Looks the basket up; false when the catalogue has none of it, and then the call is answered.</summary>
    public bool FindRows(CatalogueLease lease)
    {
        foreach (OpaqueId item in query.Items)
        {
            if (!lease.TryFind(item.Span, out int row))
            {
                _unknownCount++;
            }
            else if (!_rows.Contains(row))
            {
                _rows.Add(row);
            }
        }

        if (_rows.Count == 0)
        {
            Refuse(EntryStatus.UnknownItem);
        }

        return _rows.Count > 0;
    }

    /// <summary>The best K of what was found, the basket's own left out.</summary>
    public void Complete(ReadOnlySpan<ScoredItem> found, bool learned, CatalogueLease lease)
    {
        var items = new List<RecommendedItem>(Math.Min(found.Length, query.Count));
        foreach (ScoredItem item in found)
        {
            if (items.Count == query.Count)
            {
                break;
            }

            if (!_rows.Contains(item.Index))
            {
                items.Add(new RecommendedItem(new OpaqueId(lease.Id(item.Index).ToArray()), item.Score));
            }
        }

        _answer.TrySetResult(new SimilarList(items)
        {
            UnknownCount = _unknownCount,
            Learned = learned,
            Generation = lease.Generation,
        });
    }

    public void Refuse(EntryStatus status) => _answer.TrySetException(new EngineRequestException(status));
}
