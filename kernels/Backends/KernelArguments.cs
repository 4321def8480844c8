using Ebb.Kernels.Decay;
using Ebb.Kernels.Drift;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;

namespace Ebb.Kernels.Backends;

/// <summary>The door's checks, the same for every backend. Banks are trusted to be finite: they are ours.</summary>
internal static class KernelArguments
{
    public static void CheckBank(BankShape shape, int bankLength)
    {
        if (bankLength != shape.BankLength)
        {
            throw new ArgumentException($"a bank of this shape has {shape.BankLength} floats, not {bankLength}");
        }
    }

    public static void CheckTime(double timeMs, string name)
    {
        if (!(timeMs >= 0) || double.IsInfinity(timeMs))
        {
            throw new ArgumentOutOfRangeException(name, timeMs, "a time is finite and ≥ 0, in milliseconds");
        }
    }

    public static void CheckVector(int dimension, int length, string name)
    {
        if (length != dimension)
        {
            throw new ArgumentException($"a vector of {dimension} floats is wanted here, not of {length}", name);
        }
    }

    public static void CheckBlend(BankShape shape, int bankLength, in BlendAt at, int queryLength)
    {
        CheckBank(shape, bankLength);
        CheckVector(shape.Dimension, queryLength, "query");
        CheckTime(at.ElapsedMs, nameof(at));
        if (at.Coefficients.Length != shape.HalfLifeCount)
        {
            throw new ArgumentException($"one coefficient a half-life: {shape.HalfLifeCount}", nameof(at));
        }

        foreach (double coefficient in at.Coefficients.Span)
        {
            if (!double.IsFinite(coefficient))
            {
                throw new ArgumentException("a coefficient is finite", nameof(at));
            }
        }
    }

    public static void CheckDrift(DriftMeasure measure, int currentLength, int referenceLength)
    {
        CheckVector(currentLength, referenceLength, "reference");
        bool isWeighted = measure.Distance is DriftDistance.Attention or DriftDistance.AttentionSquared;
        if (isWeighted && measure.Attention.Length != currentLength)
        {
            throw new ArgumentException($"one attention weight a dimension: {currentLength}", nameof(measure));
        }
    }

    public static void CheckRequests(ItemMatrix items, ReadOnlySpan<TopKRequest> batch)
    {
        foreach (TopKRequest request in batch)
        {
            if (request.User is { } user)
            {
                CheckUser(items, request, user);
            }
            else
            {
                CheckQuery(items, request.Query);
            }

            if (request.K is < 1 or > TopKRequest.CountMax)
            {
                throw new ArgumentOutOfRangeException(nameof(batch), request.K, $"K is 1 to {TopKRequest.CountMax}");
            }

            if (request.Results.Length < request.K)
            {
                throw new ArgumentException($"Results has {request.Results.Length}, K = {request.K}", nameof(batch));
            }

            if (float.IsNaN(request.ScoreMin))
            {
                throw new ArgumentException("ScoreMin is a number", nameof(batch));
            }

            CheckBias(request.Bias);
        }
    }

    private static void CheckUser(ItemMatrix items, TopKRequest request, TopKUser user)
    {
        CheckVector(items.Dimension, user.Shape.Dimension, "user");
        CheckBlend(
            user.Shape, user.Bank.Length, new BlendAt(user.ElapsedMs, user.Coefficients), request.Query.Length);
        if (user.Reference.Length != 0)
        {
            CheckDrift(user.Measure, user.Shape.Dimension, user.Reference.Length);
        }
    }

    private static void CheckBias(RowBias? bias)
    {
        foreach (float value in bias?.Biases ?? [])
        {
            if (!(MathF.Abs(value) <= RowBias.Max))
            {
                throw new ArgumentException($"a bias is a number within ±{RowBias.Max}", nameof(bias));
            }
        }
    }

    public static void CheckScore(
        ItemMatrix items, ReadOnlySpan<float> query, ReadOnlySpan<int> indices, int scoresLength)
    {
        CheckQuery(items, query);
        ArgumentOutOfRangeException.ThrowIfLessThan(scoresLength, indices.Length, "scores");
        int rowCount = items.Count;
        foreach (int index in indices)
        {
            if ((uint)index >= (uint)rowCount)
            {
                throw new ArgumentOutOfRangeException(nameof(indices), index, $"rows are 0 to {rowCount - 1}");
            }
        }
    }

    private static void CheckQuery(ItemMatrix items, ReadOnlySpan<float> query)
    {
        CheckVector(items.Dimension, query.Length, nameof(query));
        foreach (float element in query)
        {
            if (!float.IsFinite(element))
            {
                throw new ArgumentException("a query holds finite numbers only", nameof(query));
            }
        }
    }
}
