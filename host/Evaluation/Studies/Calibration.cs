namespace Ebb.Evaluation.Studies;

/// <summary>
/// Score → probability that the item is of interest. Platt's two numbers (1999, with the smoothed targets and Newton
/// steps of Lin, Lin and Weng, 2007), or the best rising step function (pool adjacent violators: Ayer and others,
/// 1955). Pure.
/// </summary>
internal static class Calibration
{
    private const int NewtonRounds = 50;

    /// <summary>P = 1/(1 + exp(a·s + b)).</summary>
    public static (double A, double B) Platt(ReadOnlySpan<double> scores, ReadOnlySpan<bool> hits)
    {
        int hitCount = 0;
        foreach (bool hit in hits)
        {
            hitCount += hit ? 1 : 0;
        }

        // Targets a little inside 0 and 1: else a set that can be split would make the slope infinite.
        double high = (hitCount + 1.0) / (hitCount + 2.0);
        double low = 1.0 / (hits.Length - hitCount + 2.0);
        double a = 0;
        double b = Math.Log((hits.Length - hitCount + 1.0) / (hitCount + 1.0));
        double cost = Cost(scores, hits, (a, b), (high, low));
        for (int round = 0; round < NewtonRounds; round++)
        {
            double h11 = 1e-12, h22 = 1e-12, h21 = 0, g1 = 0, g2 = 0;
            for (int index = 0; index < scores.Length; index++)
            {
                double chance = Sigmoid((a * scores[index]) + b);
                double spread = chance * (1 - chance);
                double off = (hits[index] ? high : low) - chance;
                h11 += scores[index] * scores[index] * spread;
                h22 += spread;
                h21 += scores[index] * spread;
                g1 += scores[index] * off;
                g2 += off;
            }

            double determinant = (h11 * h22) - (h21 * h21);
            double stepA = -((h22 * g1) - (h21 * g2)) / determinant;
            double stepB = -((h11 * g2) - (h21 * g1)) / determinant;
            double length = 1;
            double next = Cost(scores, hits, (a + stepA, b + stepB), (high, low));
            for (; next > cost && length > 1e-10; length /= 2)
            {
                next = Cost(scores, hits, (a + (length / 2 * stepA), b + (length / 2 * stepB)), (high, low));
            }

            (a, b) = (a + (length * stepA), b + (length * stepB));
            if (!(cost - next > 1e-12 * Math.Abs(cost)))
            {
                break;
            }

            cost = next;
        }

        return (a, b);
    }

    public static double Sigmoid(double value) => 1 / (1 + Math.Exp(value));

    /// <summary>Steps (score from which on, probability), rising.</summary>
    public static IReadOnlyList<(double From, double Probability)> Isotonic(
        ReadOnlySpan<double> scores, ReadOnlySpan<bool> hits)
    {
        double[] keys = scores.ToArray();
        double[] values = new double[hits.Length];
        for (int index = 0; index < values.Length; index++)
        {
            values[index] = hits[index] ? 1 : 0;
        }

        Array.Sort(keys, values);
        var steps = new List<(double From, double Sum, int Count)>();
        for (int index = 0; index < keys.Length; index++)
        {
            // Equal scores have one probability.
            bool equal = index > 0 && keys[index] == keys[index - 1];
            (double From, double Sum, int Count) step = (keys[index], values[index], 1);
            if (equal)
            {
                step = (steps[^1].From, steps[^1].Sum + values[index], steps[^1].Count + 1);
                steps.RemoveAt(steps.Count - 1);
            }

            while (steps.Count > 0 && steps[^1].Sum / steps[^1].Count >= step.Sum / step.Count)
            {
                step = (steps[^1].From, steps[^1].Sum + step.Sum, steps[^1].Count + step.Count);
                steps.RemoveAt(steps.Count - 1);
            }

            steps.Add(step);
        }

        return [.. steps.Select(step => (step.From, step.Sum / step.Count))];
    }

    /// <summary>The probability of the step that a score stands on.</summary>
    public static double At(IReadOnlyList<(double From, double Probability)> steps, double score)
    {
        int low = 0;
        int high = steps.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = steps[middle].From <= score ? (middle, high) : (low, middle - 1);
        }

        return steps[low].Probability;
    }

    private static double Cost(
        ReadOnlySpan<double> scores, ReadOnlySpan<bool> hits, (double A, double B) line,
        (double High, double Low) targets)
    {
        double cost = 0;
        for (int index = 0; index < scores.Length; index++)
        {
            double value = (line.A * scores[index]) + line.B;
            double target = hits[index] ? targets.High : targets.Low;

            // −t·log p − (1 − t)·log(1 − p), without overflow at either end.
            cost += value >= 0
                ? (target * value) + Math.Log(1 + Math.Exp(-value))
                : ((target - 1) * value) + Math.Log(1 + Math.Exp(value));
        }

        return cost;
    }
}
