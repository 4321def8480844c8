namespace Ebb.Engine.Interest.Lifecycle.Watching;

/// <summary>
/// A subscription to one user's phases; dispose it to end it. Made by the caller, bound by the partition's writer,
/// which alone touches what was told. The wheel's links are touched under the wheel's lock.
/// </summary>
public sealed class PhaseWatch(IPhaseListener listener) : IDisposable
{
    private int _isDisposed;
    private Action<PhaseWatch>? _unbind;

    public IPhaseListener Listener { get; } = listener;

    /// <summary>The caller's own.</summary>
    public object? State { get; set; }

    /// <summary>The phases when the watch began; set once it is bound.</summary>
    public IReadOnlyList<SubjectPhase> Phases { get; internal set; } = [];

    /// <summary>The user's key, tenant included.</summary>
    internal byte[] User { get; set; } = [];

    internal ushort Partition { get; set; }

    /// <summary>What was told last.</summary>
    internal List<SubjectPhase> Told { get; } = [];

    internal bool IsDisposed => Volatile.Read(ref _isDisposed) != 0;

    internal long DueMs { get; set; } = long.MaxValue;

    /// <summary>−1: not on the wheel.</summary>
    internal int Slot { get; set; } = -1;

    internal PhaseWatch? Previous { get; set; }

    internal PhaseWatch? Next { get; set; }

    /// <summary>Any thread, any time, also before the watch has begun.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            Volatile.Read(ref _unbind)?.Invoke(this);
        }
    }

    /// <summary>False: it was disposed before it began.</summary>
    internal bool TryBind(Action<PhaseWatch> unbind)
    {
        // Either side sees the other: the bound one unbinds on Dispose, or this sees that it is disposed.
        Interlocked.Exchange(ref _unbind, unbind);
        return !IsDisposed;
    }
}
