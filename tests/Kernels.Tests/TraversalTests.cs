using Ebb.Kernels.Decay;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>
/// Every register width by itself, also those this machine lacks (the runtime emulates them): the same bytes as the
/// scalar loop, and nothing touched past the end.
/// </summary>
public sealed class TraversalTests
{
    private readonly Random _random = new(RandomVectors.Seed);

    private delegate int Walk(ref float s, ref float f, ref float w, ref float p, int index, int count);

    private delegate int BroadcastWalk(ref float s, ref float p, float factor, float weight, int index, int count);

    [Fact]
    public void Run_EachWidthAccumulating_SameBytesAsScalar() => CheckAll(
        BankTraversal.RunScalar<AccumulateFormula>,
        BankTraversal.Run128<AccumulateFormula>,
        BankTraversal.Run256<AccumulateFormula>,
        BankTraversal.Run512<AccumulateFormula>);

    [Fact]
    public void Run_EachWidthDecaying_SameBytesAsScalar() => CheckAll(
        BankTraversal.RunScalar<DecayFormula>,
        BankTraversal.Run128<DecayFormula>,
        BankTraversal.Run256<DecayFormula>,
        BankTraversal.Run512<DecayFormula>);

    [Fact]
    public void Run_EachBroadcastWidth_SameBytesAsScalar()
    {
        BroadcastWalk[] walks =
        [
            BroadcastTraversal.Run128<AccumulateFormula>,
            BroadcastTraversal.Run256<AccumulateFormula>,
            BroadcastTraversal.Run512<AccumulateFormula>,
        ];
        for (int length = 0; length <= 257; length++)
        {
            float[] start = RandomVectors.Spread(_random, length, -6, 6);
            float[] items = RandomVectors.Normal(_random, length + 1);
            foreach (BroadcastWalk walk in walks)
            {
                GuardedFloats expected = new(start);
                GuardedFloats actual = new(start, length % 7);
                BroadcastTraversal.RunScalar<AccumulateFormula>(
                    ref expected.Reference, ref items[0], 0.7f, 1.3f, 0, length);
                int stopped = walk(ref actual.Reference, ref items[0], 0.7f, 1.3f, 0, length);
                BitAssert.Equal(expected.Span[..stopped], actual.Span[..stopped], $"length {length}");
                BitAssert.Equal(start.AsSpan(stopped), actual.Span[stopped..], $"past {stopped} of {length}");
                Assert.True(actual.IsIntact);
                Assert.InRange(length - stopped, 0, 15);
            }
        }
    }

    private void CheckAll(Walk scalar, params Walk[] walks)
    {
        for (int length = 0; length <= 257; length++)
        {
            float[] start = RandomVectors.Spread(_random, length, -6, 6);
            GuardedFloats factors = new(RandomVectors.Normal(_random, length), 1);
            GuardedFloats weights = new(RandomVectors.Normal(_random, length), 2);
            GuardedFloats items = new(RandomVectors.Normal(_random, length), 3);
            GuardedFloats expected = new(start);
            scalar(
                ref expected.Reference, ref factors.Reference, ref weights.Reference, ref items.Reference, 0, length);
            foreach (Walk walk in walks)
            {
                GuardedFloats actual = new(start, length % 7);
                int stopped = walk(
                    ref actual.Reference, ref factors.Reference, ref weights.Reference, ref items.Reference, 0, length);
                BitAssert.Equal(expected.Span[..stopped], actual.Span[..stopped], $"length {length}");
                BitAssert.Equal(start.AsSpan(stopped), actual.Span[stopped..], $"past {stopped} of {length}");
                Assert.True(actual.IsIntact);
                Assert.InRange(length - stopped, 0, 15);
            }
        }
    }
}
