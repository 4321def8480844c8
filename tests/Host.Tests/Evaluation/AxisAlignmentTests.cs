using System.Globalization;
using System.Text;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Fit;
using Ebb.Evaluation.Npy;
using Xunit;

namespace Ebb.Host.Tests.Evaluation;

public sealed class AxisAlignmentTests : IDisposable
{
    private const int Dimension = 8;
    private const int ItemCount = 60;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Turn_ServedAreTheSameInOtherAxes_BecomeThese()
    {
        float[][] vectors = Random(1);

        // Other order, other signs, two axes mixed, other lengths.
        float[][] served = Array.ConvertAll(vectors, vector =>
        {
            float[] other = [.. vector.Reverse().Select((value, column) => column % 3 == 0 ? -value : value)];
            (other[0], other[1]) = ((0.6f * other[0]) - (0.8f * other[1]), (0.8f * other[0]) + (0.6f * other[1]));
            return other;
        });
        float[][] turned = AxisAlignment.Turn(
            vectors, row => Array.ConvertAll(served[row], value => value * (1 + row)));
        for (int row = 0; row < ItemCount; row++)
        {
            Assert.All(Enumerable.Range(0, Dimension), at => Assert.Equal(served[row][at], turned[row][at], 1e-5f));
        }

        Assert.Equal(1, AxisAlignment.Agreement(turned, row => served[row]).MeanCosine, 1e-6);
        Assert.Equal(1, AxisAlignment.AgreementTurned(vectors, row => served[row]).MeanCosine, 1e-6);
    }

    [Fact]
    public void Turn_AnyServed_NoDotProductChanges()
    {
        float[][] vectors = Random(2);
        vectors[7] = new float[Dimension];
        float[][] served = Random(3);
        served[9] = new float[Dimension];
        float[][] turned = AxisAlignment.Turn(vectors, row => served[row]);
        Assert.All(turned[7], value => Assert.Equal(0, value));
        for (int row = 0; row < ItemCount; row++)
        {
            for (int other = 0; other < ItemCount; other++)
            {
                Assert.Equal(Dot(vectors[row], vectors[other]), Dot(turned[row], turned[other]), 1e-5);
            }
        }
    }

    [Fact]
    public void Agreement_NothingInCommon_DoesNotHold()
    {
        float[][] vectors = Random(4);
        float[][] served = Random(5);
        AxisAgreement none = AxisAlignment.AgreementTurned(vectors, row => served[row]);
        Assert.False(none.Holds, $"{none}");

        // On the rows that the rotation is made of, ten rows of eight numbers seem alike whatever they are.
        float[][] few = vectors[..10];
        Assert.True(AxisAlignment.Agreement(AxisAlignment.Turn(few, row => served[row]), row => served[row]).Holds);
        Assert.False(AxisAlignment.AgreementTurned(few, row => served[row]).Holds);
        Assert.False(AxisAlignment.AgreementTurned(vectors, _ => new float[Dimension]).Holds);
        Assert.False(AxisAlignment.AgreementTurned([], _ => default).Holds);
        Assert.True(AxisAlignment.Agreement(vectors, row => vectors[row]).Holds);
        Assert.Empty(AxisAlignment.Turn([], _ => default));
    }

    // What is learned by dimension is written for the given vectors: their order is the order of what is learned.
    [Fact]
    public void Load_GivenVectorsInAnotherOrder_LearningVectorsFollow()
    {
        WriteLog();
        float[] given = [.. Random(6).SelectMany(vector => vector)];
        float[][] first = Load(given);
        float[][] second = Load([.. given.Chunk(Dimension).SelectMany(vector => vector.Reverse())]);
        Assert.Contains(first, vector => vector.Any(value => value != 0));
        for (int row = 0; row < ItemCount; row++)
        {
            float[] expected = [.. first[row].Reverse()];
            Assert.All(Enumerable.Range(0, Dimension), at => Assert.Equal(expected[at], second[row][at], 1e-4f));
        }
    }

    private float[][] Load(float[] given)
    {
        NpyWriter.Write(_folder.File("v.npy"), given, Dimension);
        var options = new FitOptions { Dataset = DatasetKind.PlainCsv, DataPath = _folder.File("events.csv") };
        return ValidationData.Load(options, null).Substitutes;
    }

    /// <summary>40 users, each in a quarter of the items.</summary>
    private void WriteLog()
    {
        var random = new Random(42);
        _folder.Write("items_ids.txt", string.Concat(Enumerable.Range(0, ItemCount).Select(item => $"i{item}\n")));
        var events = new StringBuilder("user,item,type,time\n");
        for (int row = 0; row < 40 * 20; row++)
        {
            int user = row / 20;
            int item = (user % 4 * ItemCount / 4) + random.Next(ItemCount / 4);
            long time = 1_600_000_000 + (row * 10);
            events.Append(CultureInfo.InvariantCulture, $"u{user},i{item},view,{time}\n");
        }

        _folder.Write("events.csv", events.ToString());
    }

    private static float[][] Random(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, ItemCount).Select(
            _ => Enumerable.Range(0, Dimension).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray())];
    }

    private static double Dot(float[] left, float[] right) =>
        left.Zip(right, (one, other) => (double)one * other).Sum();
}
