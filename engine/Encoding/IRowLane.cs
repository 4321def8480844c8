namespace Ebb.Engine.Encoders;

/// <summary>
/// One caller's memory of a model of rows, pinned once. Fill Inputs or Numbers, run, read Output. Invariant: rows run
/// are of a fixed ladder of sizes, so that few shapes are met; what stands in rows behind those filled does not matter.
/// </summary>
public interface IRowLane
{
    /// <summary>RowCountMax × InputWidth, for a model that reads values; else empty.</summary>
    public float[] Inputs { get; }

    /// <summary>The same for a model that reads numbers.</summary>
    public long[] Numbers { get; }

    /// <summary>RowCountMax × OutputWidth.</summary>
    public float[] Output { get; }

    /// <summary>Allocates nothing for a size that it has met.</summary>
    /// <exception cref="BundleException">The model cannot be run on them.</exception>
    public void Run(int rowCount);
}
