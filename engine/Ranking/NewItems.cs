namespace Ebb.Engine.Ranking;

/// <summary>
/// The items that became known lately, the latest first to go in and out: what exploration places are filled with.
/// Served state; a file beside the base keeps it over a restart. Any thread may add and read.
/// </summary>
/// <param name="clock">When an item became known.</param>
/// <param name="file">Null: gone with the process.</param>
internal sealed class NewItems(TimeProvider clock, NewItemsFile? file)
{
    public const int CountMax = 1024;

    private readonly Lock _gate = new();
    private (int Row, long AtMs)[] _items = file?.Read() ?? [];

    /// <summary>Newest first; not changed once read.</summary>
    public ReadOnlySpan<(int Row, long AtMs)> Newest => Volatile.Read(ref _items);

    public long NowMs => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>What came in one piece with more than fits is a catalogue being loaded, and nothing of it is
    /// new.</summary>
    public void Add(ReadOnlySpan<int> rows)
    {
        if (rows.Length > CountMax)
        {
            return;
        }

        long nowMs = NowMs;
        lock (_gate)
        {
            var items = new List<(int Row, long AtMs)>(Math.Min(CountMax, _items.Length + rows.Length));
            foreach (int row in rows)
            {
                items.Add((row, nowMs));
            }

            foreach ((int Row, long AtMs) item in _items)
            {
                if (items.Count < CountMax && !rows.Contains(item.Row))
                {
                    items.Add(item);
                }
            }

            Volatile.Write(ref _items, [.. items]);
            file?.Write(_items);
        }
    }
}
