using Ebb.Engine.Ranking;
using Ebb.Kernels.TopK;

namespace Ebb.Engine.Encoders;

/// <summary>
/// A bundle's re-ranker over the best K′. Any thread; a caller takes a lane of its own and gives it back, so that
/// callers do not wait for each other and nothing is allocated once there are as many as call at once. The model is the
/// encoder's.
/// </summary>
public sealed class NeuralReRanker : IReRanker
{
    private readonly IRowModel _model;
    private readonly Lock _gate = new();
    private readonly Stack<IRowLane> _free = new();
    private long _failureCount;

    internal NeuralReRanker(IRowModel model, IRowLane warm)
    {
        _model = model;
        _free.Push(warm);
    }

    /// <summary>Lists that stayed in the order of their scores because the model could not be run.</summary>
    public long FailureCount => Volatile.Read(ref _failureCount);

    internal static RowModelShape Shape { get; } = new("features", ReRankFeatures.Names.Count, "order", 1)
    {
        RowCountMax = PolicyInForce.ReRankCountMax,
    };

    public void ReRank(in ReRankContext context, ReadOnlySpan<ScoredItem> best, Span<float> order)
    {
        IRowLane lane = Take();
        try
        {
            ReRankFeatures.Fill(context, best, lane.Inputs);
            lane.Run(best.Length);
            lane.Output.AsSpan(0, best.Length).CopyTo(order);
        }
        catch (BundleException)
        {
            Interlocked.Increment(ref _failureCount);

            // Equal ones stay in their order.
            order.Clear();
        }
        finally
        {
            lock (_gate)
            {
                _free.Push(lane);
            }
        }
    }

    private IRowLane Take()
    {
        lock (_gate)
        {
            if (_free.TryPop(out IRowLane? lane))
            {
                return lane;
            }
        }

        return _model.NewLane();
    }
}
