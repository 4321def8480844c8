using Ebb.Engine.Portrait;
using Xunit;

namespace Ebb.Engine.Tests.Portrait;

/// <summary>The tree against a plain search over every feature and every threshold.</summary>
public sealed class CartTrainerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Train_RandomData_TakesTheQuestionThatAPlainSearchFindsAtEveryNode(int seed)
    {
        (double[][] columns, bool[] changed) = Data(seed, 300);
        var options = new CartOptions { DepthMax = 3, LeafMin = 10, ChiSquareMin = 3 };

        ChangeNode[] nodes = CartTrainer.Train(columns, changed, options);

        Assert.True(nodes.Length > 1);
        Compare(nodes, 0, [.. Enumerable.Range(0, changed.Length)], new Sample(columns, changed, options), 0);
    }

    [Fact]
    public void Train_APlantedRule_IsFoundWithItsThreshold()
    {
        var random = new Random(42);
        double[][] columns = [.. Enumerable.Range(0, 5).Select(_ => new double[4000])];
        bool[] changed = new bool[4000];
        for (int moment = 0; moment < changed.Length; moment++)
        {
            Array.ForEach(columns, column => column[moment] = random.NextDouble());
            bool isRule = columns[3][moment] > 0.6 && columns[1][moment] <= 0.3;
            changed[moment] = random.NextDouble() < (isRule ? 0.8 : 0.1);
        }

        ChangeNode[] nodes = CartTrainer.Train(columns, changed, new CartOptions { DepthMax = 2 });

        Assert.Equal([1, 3], nodes.Where(node => !node.IsLeaf).Select(node => node.Feature).Distinct().Order());
        Assert.All(nodes.Where(node => !node.IsLeaf), node =>
            Assert.Equal(node.Feature == 3 ? 0.6 : 0.3, node.Threshold, 0.02));
        ChangeNode likeliest = nodes.Where(node => node.IsLeaf).MaxBy(node => (double)node.Changed / node.Count);
        Assert.Equal(0.8, (double)likeliest.Changed / likeliest.Count, 0.06);
    }

    [Fact]
    public void Train_LabelsWithoutAPattern_StaysOneLeaf()
    {
        var random = new Random(42);
        double[][] columns = [.. Enumerable.Range(0, 16).Select(_ =>
            Enumerable.Range(0, 2000).Select(_ => random.NextDouble()).ToArray())];
        bool[] changed = [.. Enumerable.Range(0, 2000).Select(_ => random.Next(2) == 0)];

        Assert.True(Assert.Single(CartTrainer.Train(columns, changed, new CartOptions())).IsLeaf);
    }

    [Fact]
    public void Train_OneLabelEqualValuesOrNothing_IsOneLeaf()
    {
        double[][] equal = [[1, 1, 1, 1]];
        var options = new CartOptions { LeafMin = 1, ChiSquareMin = 0 };

        bool[] half = [true, false, true, false];
        Assert.Equal(new ChangeNode(4, 2), Assert.Single(CartTrainer.Train(equal, half, options)));
        Assert.Equal(new ChangeNode(3, 3), Assert.Single(CartTrainer.Train([[1, 2, 3]], [true, true, true], options)));
        Assert.Equal(new ChangeNode(0, 0), Assert.Single(CartTrainer.Train([[]], [], options)));
    }

    [Fact]
    public void Train_NeighbouringDoubles_AreToldApart()
    {
        double next = Math.BitIncrement(1.0);
        ChangeNode[] nodes = CartTrainer.Train(
            [[1, 1, next, next]], [true, true, false, false], new CartOptions { LeafMin = 1, ChiSquareMin = 0 });

        Assert.Equal([2, 2], nodes.Where(node => node.IsLeaf).Select(node => node.Count));
    }

    private static void Compare(ChangeNode[] nodes, int at, int[] moments, Sample sample, int depth)
    {
        ChangeNode node = nodes[at];
        Assert.Equal((moments.Length, moments.Count(one => sample.Changed[one])), (node.Count, node.Changed));
        (double gain, double share) = depth < sample.Options.DepthMax ? Best(moments, sample) : (0, 0);
        if (node.IsLeaf)
        {
            Assert.True(share * moments.Length < sample.Options.ChiSquareMin + 1e-9);
            return;
        }

        double[] column = sample.Columns[node.Feature];
        int[] low = [.. moments.Where(one => column[one] <= node.Threshold)];
        int[] high = [.. moments.Where(one => column[one] > node.Threshold)];
        Assert.Equal(gain, node.Gain, 1e-9);
        Assert.Equal(gain, GainOf(moments, low, high, sample.Changed), 1e-9);
        Compare(nodes, node.Low, low, sample, depth + 1);
        Compare(nodes, node.High, high, sample, depth + 1);
    }

    /// <summary>Every feature, every value as a threshold.</summary>
    private static (double Gain, double Share) Best(int[] moments, Sample sample)
    {
        double best = 0;
        foreach (double[] column in sample.Columns)
        {
            foreach (int edge in moments)
            {
                int[] low = [.. moments.Where(one => column[one] <= column[edge])];
                int[] high = [.. moments.Where(one => column[one] > column[edge])];
                if (low.Length >= sample.Options.LeafMin && high.Length >= sample.Options.LeafMin)
                {
                    best = Math.Max(best, GainOf(moments, low, high, sample.Changed));
                }
            }
        }

        double whole = moments.Length * Gini(moments, sample.Changed);
        return (best, whole > 0 ? best / whole : 0);
    }

    private static double GainOf(int[] all, int[] low, int[] high, bool[] changed) =>
        (all.Length * Gini(all, changed)) - (low.Length * Gini(low, changed)) - (high.Length * Gini(high, changed));

    private static double Gini(int[] moments, bool[] changed)
    {
        double share = moments.Count(one => changed[one]) / (double)Math.Max(1, moments.Length);
        return 1 - (share * share) - ((1 - share) * (1 - share));
    }

    private static (double[][] Columns, bool[] Changed) Data(int seed, int count)
    {
        var random = new Random(seed);
        double[][] columns = [.. Enumerable.Range(0, 4).Select(_ => new double[count])];
        bool[] changed = new bool[count];
        for (int moment = 0; moment < count; moment++)
        {
            // Few distinct values in one column: ties must not be torn apart.
            columns[0][moment] = random.Next(4);
            columns[1][moment] = random.NextDouble();
            columns[2][moment] = random.NextDouble() - 0.5;
            columns[3][moment] = random.Next(40);
            changed[moment] = random.NextDouble() < 0.2 + (0.15 * columns[0][moment]) + (0.2 * columns[1][moment]);
        }

        return (columns, changed);
    }

    private sealed record Sample(double[][] Columns, bool[] Changed, CartOptions Options);
}
