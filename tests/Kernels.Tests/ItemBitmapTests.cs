using Ebb.Kernels.Memory;
using Xunit;

namespace Ebb.Kernels.Tests;

public sealed class ItemBitmapTests
{
    [Fact]
    public void Indexer_AroundWordBorders_SetsOneBitOnly()
    {
        ItemBitmap bitmap = new();
        foreach (int row in (int[])[0, 63, 64, 127, 128, 1000])
        {
            bitmap[row] = true;
            Assert.True(bitmap[row]);
            Assert.Equal(1, bitmap.CountSet());
            bitmap[row] = false;
            Assert.Equal(0, bitmap.CountSet());
        }

        Assert.False(bitmap[int.MaxValue]);
    }

    [Fact]
    public void Union_WithALongerOne_GrowsAndLeavesTheOther()
    {
        ItemBitmap bitmap = new();
        ItemBitmap other = new();
        bitmap[3] = true;
        other[500] = true;
        ItemBitmap copy = bitmap.Clone();
        bitmap.Union(other);
        Assert.Equal((2, 1, 1), (bitmap.CountSet(), other.CountSet(), copy.CountSet()));
        Assert.True(bitmap[3] && bitmap[500] && !copy[500]);
    }
}
