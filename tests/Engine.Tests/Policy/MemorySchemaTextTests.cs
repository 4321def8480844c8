using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Flows;
using Ebb.Engine.Interest.Trends;
using Ebb.Engine.Policy;
using Xunit;

namespace Ebb.Engine.Tests.Policy;

public sealed class MemorySchemaTextTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Write_ReadBack_IsTheSameSchema(bool hasAll)
    {
        MemorySchema schema = !hasAll ? new MemorySchema() : new MemorySchema
        {
            Number = 9,
            HalfLives = [TimeSpan.FromMilliseconds(1234), TimeSpan.FromSeconds(55), MemorySchema.Never],
            DimensionRates = [1, 0.1, 1.0 / 3],
            EventTypes =
            [
                new EventTypeRule(3, "a \"name\"", 0.1f, ImpulseScale.Logarithmic),
                new EventTypeRule(60, "", -7.25f, ImpulseScale.Linear),
            ],
            PopularityHalfLife = MemorySchema.Never,
            RecentEventCount = 128,
            FutureTolerance = TimeSpan.FromMinutes(3),
            ParkingWindow = TimeSpan.FromDays(2),
            ParkedCountMax = 0,
            BurstCap = new BurstCap(0.3f, TimeSpan.FromMinutes(10), BurstScope.ItemAndType),
            CategorySplits = [new CategorySplit("évergreen", [0, 0.3, 1])],
            Flows = new FlowRule { HalfLife = TimeSpan.FromDays(3) },
            Trends = new TrendRule { Fast = TimeSpan.FromDays(2), Slow = TimeSpan.FromDays(9) },
        };

        MemorySchema read = MemorySchemaDocument.Read(MemorySchemaText.Write(schema));

        Assert.Equal(MemorySchemaJson.Write(schema), MemorySchemaJson.Write(read));
    }
}
