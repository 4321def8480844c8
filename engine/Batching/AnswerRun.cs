namespace Ebb.Engine.Batching;

/// <summary>
/// Answers that one thread gives in a row, so that what they write is sent once at the end instead of once each. The
/// engine opens a run around the answers of a batch, a transport around the frames of one read; runs nest, and the
/// outermost one ends it. Belongs to its thread: never held over an await.
/// </summary>
public static class AnswerRun
{
    [ThreadStatic]
    private static Run? _current;

    public static void Begin() => (_current ??= new Run()).Depth++;

    /// <summary>Ends the innermost run; the outermost one flushes every sink that was deferred.</summary>
    public static void End()
    {
        Run run = _current!;
        if (--run.Depth > 0)
        {
            return;
        }

        // By index: a flush may run what another thread left to this one, and that defers to a run of its own.
        try
        {
            for (int index = 0; index < run.Sinks.Count; index++)
            {
                run.Sinks[index].Flush();
            }
        }
        finally
        {
            run.Sinks.Clear();
        }
    }

    /// <summary>True when a run is open here: its end will flush the sink. False: flush now.</summary>
    public static bool TryDefer(IAnswerSink sink)
    {
        if (_current is not { Depth: > 0 } run)
        {
            return false;
        }

        // Answers of one connection stand together, so the last one is all that is worth looking at; a second flush
        // finds nothing to do.
        if (run.Sinks.Count == 0 || !ReferenceEquals(run.Sinks[^1], sink))
        {
            run.Sinks.Add(sink);
        }

        return true;
    }

    private sealed class Run
    {
        public int Depth { get; set; }

        public List<IAnswerSink> Sinks { get; } = [];
    }
}
