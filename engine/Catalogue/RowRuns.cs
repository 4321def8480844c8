namespace Ebb.Engine.Catalogue;

/// <summary>A set of rows as runs, small for rows taken in sequence. Not thread-safe.</summary>
internal sealed class RowRuns
{
    private readonly List<RowRun> _runs = [];

    public long RowCount { get; private set; }

    public IReadOnlyList<RowRun> Runs => _runs;

    /// <summary>Adds rows that are not in the set yet.</summary>
    public void Add(int start, int count = 1)
    {
        RowCount += count;
        if (_runs.Count > 0 && _runs[^1].End == start)
        {
            _runs[^1] = _runs[^1] with { Count = _runs[^1].Count + count };
            return;
        }

        _runs.Add(new RowRun(start, count));
    }

    public bool Contains(int row) => FindRun(row) >= 0;

    public bool Remove(int row)
    {
        int at = FindRun(row);
        if (at < 0)
        {
            return false;
        }

        RowRun run = _runs[at];
        _runs.RemoveAt(at);
        if (row + 1 < run.End)
        {
            _runs.Insert(at, new RowRun(row + 1, run.End - row - 1));
        }

        if (run.Start < row)
        {
            _runs.Insert(at, new RowRun(run.Start, row - run.Start));
        }

        RowCount--;
        return true;
    }

    /// <summary>Takes the first row of the last run, so that a freed run is used up in order.</summary>
    public bool TryTake(out int row)
    {
        if (_runs.Count == 0)
        {
            row = -1;
            return false;
        }

        RowRun run = _runs[^1];
        row = run.Start;
        RowCount--;
        if (run.Count == 1)
        {
            _runs.RemoveAt(_runs.Count - 1);
        }
        else
        {
            _runs[^1] = new RowRun(run.Start + 1, run.Count - 1);
        }

        return true;
    }

    public void Clear()
    {
        _runs.Clear();
        RowCount = 0;
    }

    private int FindRun(int row)
    {
        for (int at = 0; at < _runs.Count; at++)
        {
            if (row >= _runs[at].Start && row < _runs[at].End)
            {
                return at;
            }
        }

        return -1;
    }
}

internal readonly record struct RowRun(int Start, int Count)
{
    public int End => Start + Count;
}
