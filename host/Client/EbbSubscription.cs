using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>
/// A subscription to one user's phases; dispose it to end it. After a lost connection it begins again by itself, and
/// the phases of then are told as a change that says that some may have been missed.
/// </summary>
public sealed class EbbSubscription : IAsyncDisposable
{
    private readonly Func<EbbSubscription, Task> _end;
    private readonly Action<EbbPhaseNotice> _onChange;
    private int _isEnded;

    internal EbbSubscription(EbbId user, Action<EbbPhaseNotice> onChange, Func<EbbSubscription, Task> end)
    {
        User = user;
        _onChange = onChange;
        _end = end;
    }

    public EbbId User { get; }

    /// <summary>The phases when it began.</summary>
    public IReadOnlyList<EbbSubjectPhase> Phases { get; internal set; } = [];

    internal ulong CorrelationId { get; set; }

    /// <summary>The server has begun it.</summary>
    internal bool IsActive { get; set; }

    internal byte[] Frame { get; init; } = [];

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isEnded, 1) == 0)
        {
            await _end(this);
        }
    }

    internal void Tell(EbbPhaseNotice notice)
    {
        if (Volatile.Read(ref _isEnded) == 0)
        {
            _onChange(notice);
        }
    }
}
