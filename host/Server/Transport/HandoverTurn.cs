using Ebb.Engine.Batching;

namespace Ebb.Server.Transport;

/// <summary>
/// What one thread reads off many connections before it serves any of it: reads are handed to the engine together
/// at the end, so that lone requests of many clients share what a batch costs. Belongs to its thread: never held over
/// an await.
/// </summary>
internal static class HandoverTurn
{
    // A read with more is a batch by itself.
    private const int FrameCountMax = 256;

    // What is deferred is served by then: the first of it waits for the reading of the rest, a fraction of a
    // millisecond.
    private const int TurnFrameCountMax = 1024;

    [ThreadStatic]
    private static Turn? _current;

    public static void Begin() => (_current ??= new Turn()).IsOpen = true;

    /// <summary>Hands over what was deferred, serves it where a partition is idle, and sends the answers.</summary>
    public static void End()
    {
        var turn = _current!;
        turn.IsOpen = false;
        if (turn.Waiting.Count == 0)
        {
            return;
        }

        AnswerRun.Begin();
        try
        {
            try
            {
                ForAll(turn.Waiting, static waiting => waiting.Push());
            }
            finally
            {
                ForAll(turn.Waiting, static waiting => waiting.Serve());
            }
        }
        finally
        {
            turn.Waiting.Clear();
            turn.FrameCount = 0;
            AnswerRun.End();
        }
    }

    /// <summary>The same between two connections where much has gathered; the turn goes on.</summary>
    public static void EndIfLong()
    {
        if (_current!.FrameCount >= TurnFrameCountMax)
        {
            End();
            Begin();
        }
    }

    // A fault with one connection's requests must not strand the others'.
    private static void ForAll(List<IRequestHandoff> waiting, Action<IRequestHandoff> act)
    {
        Exception? fault = null;
        foreach (var handoff in waiting)
        {
            try
            {
                act(handoff);
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                fault ??= failure;
            }
        }

        if (fault is not null)
        {
            throw new InvalidOperationException("A hand-over failed.", fault);
        }
    }

    /// <summary>False: there is no turn here, or there is too much of it; hand over now.</summary>
    public static bool TryDefer(IRequestHandoff handoff, int frameCount)
    {
        if (_current is not { IsOpen: true } turn || frameCount > FrameCountMax)
        {
            return false;
        }

        turn.Waiting.Add(handoff);
        turn.FrameCount += frameCount;
        return true;
    }

    private sealed class Turn
    {
        public bool IsOpen { get; set; }

        public List<IRequestHandoff> Waiting { get; } = [];

        /// <summary>Of what waits.</summary>
        public int FrameCount { get; set; }
    }
}
