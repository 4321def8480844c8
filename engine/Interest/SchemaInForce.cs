using Ebb.Engine.Store;
using Ebb.Kernels.Decay;

namespace Ebb.Engine.Interest;

/// <summary>A memory schema with the shapes that follow from it. Immutable; one per schema and engine.</summary>
internal sealed class SchemaInForce
{
    private const byte EventIdCapacity = 16;

    public SchemaInForce(MemorySchema schema, int dimension)
    {
        Schema = schema;
        Json = MemorySchemaJson.Write(schema);
        Bank = schema.ShapeFor(dimension);
        Shape = new RecordShape(Bank, schema.RecentEventCount, EventIdCapacity);
    }

    public MemorySchema Schema { get; }

    /// <summary>Equal for equal schemas.</summary>
    public string Json { get; }

    public BankShape Bank { get; }

    public RecordShape Shape { get; }

    /// <summary>What of an event's impulse went to half-life m: 1 unless its category is split.</summary>
    public double ShareOf(in RecentEvent recent, int m)
    {
        int split = (byte)recent.Flags >> FoldEntry.SplitShift;
        return split == 0 ? 1 : Schema.CategorySplits[split - 1].Shares[m];
    }
}
