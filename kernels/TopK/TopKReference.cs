using Ebb.Kernels.Memory;

namespace Ebb.Kernels.TopK;

/// <summary>The specification of TopK and Score: every row in double, index order, everything sorted.</summary>
internal static class TopKReference
{
    public static void TopK(ItemMatrix items, ReadOnlySpan<TopKRequest> batch)
    {
        foreach (TopKRequest request in batch)
        {
            List<ScoredItem> found = [];
            for (int index = 0; index < items.Count; index++)
            {
                double bias = request.Bias is null ? 0 : request.Bias[index];
                float score = Rounded(Sum(request.Query, items.Row(index)) + bias);
                bool isExcluded = request.Excluded is not null && request.Excluded[index];
                if (!isExcluded && score >= request.ScoreMin)
                {
                    found.Add(new ScoredItem(index, score));
                }
            }

            ScoredItem[] best =
            [
                .. found.OrderByDescending(item => item.Score).ThenBy(item => item.Index).Take(request.K),
            ];
            best.CopyTo(request.Results, 0);
            request.Count = best.Length;
        }
    }

    public static float Score(ReadOnlySpan<float> query, ReadOnlySpan<float> item) => Rounded(Sum(query, item));

    private static double Sum(ReadOnlySpan<float> query, ReadOnlySpan<float> item)
    {
        double total = 0;
        for (int d = 0; d < item.Length; d++)
        {
            total += (double)query[d] * item[d];
        }

        return total;
    }

    private static float Rounded(double total)
    {
        float score = (float)total;
        return score == 0 ? 0 : score;
    }
}
