namespace Ebb.Engine.Encoders;

/// <summary>
/// A small trained model that is open and takes rows, each on its own: a re-ranker, an item encoder. Any thread may
/// take lanes.
/// </summary>
public interface IRowModel : IDisposable
{
    public RowModelShape Shape { get; }

    /// <summary>
    /// Memory to run in: one caller at a time each, any number side by side. The model's, and lives as long.
    /// </summary>
    public IRowLane NewLane();
}
