using Ebb.Engine.Sources;
using MathNet.Numerics.LinearAlgebra;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// Weights of the sources from a <see cref="BlendTable"/>. First those of the conditional logit model (McFadden, 1974:
/// P(item) ∝ exp(w·z), truth shared evenly over its items), which is convex and has one answer; then steps up
/// Recall@20 with a soft end, from there and from where the search already stood. Weights are never below zero. Pure.
/// </summary>
internal static class BlendWeights
{
    /// <summary>What a step must bring: less is the luck of a few questions.</summary>
    private const double GainMin = 0.0004;
    private const double Ridge = 1e-3;
    private const int NewtonRounds = 12;
    private const int ClimbRounds = 8;

    private static readonly double[] Factors = [0, 0.4, 0.6, 0.8, 1.25, 1.6, 2.5];

    public static (double[] Weights, double SoftRecall) Solve(BlendTable table, double[]? start)
    {
        double[] logit = Logit(table);
        (double[] Weights, double SoftRecall) best = Climb(table, logit);
        foreach (double[]? other in (double[]?[])[start, Swapped(logit)])
        {
            (double[] Weights, double SoftRecall) climbed = other is null ? best : Climb(table, other);
            best = climbed.SoftRecall > best.SoftRecall ? climbed : best;
        }

        return (Normalise(best.Weights), best.SoftRecall);
    }

    /// <summary>
    /// Vector and encoder in each other's place: where both say nearly the same, the logit's answer lies on either side
    /// by chance, and single steps do not lead across. Null: there is no encoder.
    /// </summary>
    private static double[]? Swapped(double[] weights)
    {
        int vector = Array.IndexOf(BlendTable.Kinds, SourceKind.Vector);
        int encoder = Array.IndexOf(BlendTable.Kinds, SourceKind.Encoder);
        double[] swapped = [.. weights];
        (swapped[vector], swapped[encoder]) = (swapped[encoder], swapped[vector]);
        return weights[encoder] > 0 ? swapped : null;
    }

    /// <summary>Newton's method; a source whose weight falls below zero is left out from there on.</summary>
    internal static double[] Logit(BlendTable table)
    {
        var weights = Vector<double>.Build.Dense(BlendTable.SourceCount, 0.3);
        bool[] isOff = new bool[BlendTable.SourceCount];
        for (int round = 0; round < NewtonRounds; round++)
        {
            (Vector<double> gradient, Matrix<double> hessian) = Derivatives(table, weights.AsArray());
            for (int source = 0; source < isOff.Length; source++)
            {
                hessian[source, source] += Ridge;
                gradient[source] -= Ridge * weights[source];
                if (isOff[source])
                {
                    hessian.ClearRow(source);
                    hessian.ClearColumn(source);
                    hessian[source, source] = 1;
                    gradient[source] = 0;
                }
            }

            Vector<double> step = hessian.Cholesky().Solve(gradient);
            weights += step / Math.Max(1, step.L2Norm());
            for (int source = 0; source < isOff.Length; source++)
            {
                isOff[source] |= weights[source] < 0;
                weights[source] = Math.Max(0, weights[source]);
            }
        }

        return weights.Sum() > 0 ? weights.ToArray() : [1, .. new double[BlendTable.SourceCount - 1]];
    }

    /// <summary>Of the mean log-likelihood: gradient, and the Hessian with its sign turned.</summary>
    private static (Vector<double> Gradient, Matrix<double> Hessian) Derivatives(BlendTable table, double[] weights)
    {
        const int n = BlendTable.SourceCount;
        var gradient = Vector<double>.Build.Dense(n);
        var hessian = Matrix<double>.Build.Dense(n, n);
        Lock gate = new();
        Parallel.For(
            0, table.Questions.Length, () => new double[n + (n * n)],
            (index, _, sums) =>
            {
                AddQuestion(table.Questions[index], weights, sums);
                return sums;
            },
            sums =>
            {
                lock (gate)
                {
                    for (int at = 0; at < sums.Length; at++)
                    {
                        if (at < n)
                        {
                            gradient[at] += sums[at] / table.Questions.Length;
                        }
                        else
                        {
                            hessian[(at - n) / n, (at - n) % n] += sums[at] / table.Questions.Length;
                        }
                    }
                }
            });
        return (gradient, hessian);
    }

    private static void AddQuestion(BlendTable.Question question, double[] weights, double[] sums)
    {
        const int n = BlendTable.SourceCount;
        if (question.Hits.Length == 0)
        {
            return;
        }

        double[] chances = new double[question.Count];
        double highest = double.NegativeInfinity;
        for (int place = 0; place < chances.Length; place++)
        {
            chances[place] = question.Score(place, weights);
            highest = Math.Max(highest, chances[place]);
        }

        double total = 0;
        for (int place = 0; place < chances.Length; place++)
        {
            chances[place] = Math.Exp(chances[place] - highest);
            total += chances[place];
        }

        Span<double> mean = stackalloc double[n];
        Span<double> squares = stackalloc double[n * n];
        for (int place = 0; place < chances.Length; place++)
        {
            ReadOnlySpan<float> values = question.Values.AsSpan(place * n, n);
            double chance = chances[place] / total;
            for (int source = 0; source < n; source++)
            {
                double part = chance * values[source];
                mean[source] += part;
                for (int other = 0; other < n; other++)
                {
                    squares[(source * n) + other] += part * values[other];
                }
            }
        }

        for (int source = 0; source < n; source++)
        {
            sums[source] += question.Hits.Average(hit => question.Values[(hit * n) + source]) - mean[source];
            for (int other = 0; other < n; other++)
            {
                sums[n + (source * n) + other] += squares[(source * n) + other] - (mean[source] * mean[other]);
            }
        }
    }

    /// <summary>One weight at a time, up or down or off, while it brings something.</summary>
    private static (double[] Weights, double SoftRecall) Climb(BlendTable table, double[] start)
    {
        double[] weights = Normalise(start);
        double reached = table.SoftRecall(weights);
        bool better = true;
        for (int round = 0; round < ClimbRounds && better; round++)
        {
            better = false;
            for (int source = 0; source < weights.Length; source++)
            {
                foreach (double value in Values(weights[source]))
                {
                    double[] other = [.. weights];
                    other[source] = value;
                    double recall = other.Sum() > 0 ? table.SoftRecall(other) : 0;
                    if (recall >= reached + GainMin)
                    {
                        (weights, reached, better) = (other, recall, true);
                    }
                }
            }
        }

        return (weights, reached);
    }

    /// <summary>From a weight of 0, which no factor leaves, some small ones are tried.</summary>
    private static IEnumerable<double> Values(double weight) =>
        weight == 0 ? [0.05, 0.2, 0.5] : Factors.Select(factor => weight * factor);

    /// <summary>The largest weight is 1: only proportions count. Three digits are enough, and read well.</summary>
    private static double[] Normalise(double[] weights) =>
        [.. weights.Select(weight => Math.Round(weight / weights.Max(), 3))];
}
