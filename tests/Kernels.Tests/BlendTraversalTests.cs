using Ebb.Kernels.Decay;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Kernels.Tests;

/// <summary>Every register width by itself: the scalar loop's bits and magnitude, and nothing past the end.</summary>
public sealed class BlendTraversalTests
{
    private readonly Random _random = new(RandomVectors.Seed);

    private delegate int Walk(in BlendSpans spans, int index, ref float magnitude);

    [Fact]
    public void Run_EachWidth_SameBitsAsScalar()
    {
        Walk[] walks = [BlendTraversal.Run128, BlendTraversal.Run256, BlendTraversal.Run512];
        for (int length = 1; length <= 130; length++)
        {
            GuardedFloats bank = new(RandomVectors.Spread(_random, 3 * length, -6, 6), length % 7);
            BlendRow[] rows = [new() { Scale = 0.3 }, new() { Scale = -1e-3, Offset = 2 * length }];
            float[] expected = new float[length];
            float expectedMagnitude = 0;
            BlendTraversal.RunScalar(new BlendSpans(bank.Span, rows, expected), 0, ref expectedMagnitude);
            Assert.Equal(expected.Max(Math.Abs), expectedMagnitude);
            foreach (Walk walk in walks)
            {
                GuardedFloats actual = new(length, length % 5);
                float magnitude = 0;
                int stopped = walk(new BlendSpans(bank.Span, rows, actual.Span), 0, ref magnitude);
                Assert.InRange(length - stopped, 0, 15);
                Assert.False(actual.Span[stopped..].ContainsAnyExcept(0f));
                BlendTraversal.RunScalar(new BlendSpans(bank.Span, rows, actual.Span), stopped, ref magnitude);
                BitAssert.Equal(expected, actual.Span, $"length {length}");
                Assert.Equal(expectedMagnitude, magnitude);
                Assert.True(actual.IsIntact);
            }
        }
    }
}
