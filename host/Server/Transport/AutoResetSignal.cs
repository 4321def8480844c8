using System.Threading.Tasks.Sources;

namespace Ebb.Server.Transport;

/// <summary>
/// Wakes one waiting loop; a Set without a waiter is kept for the next wait, several count as one. Set from any thread;
/// one waiter at a time. Allocates nothing after construction. The waiter goes on on the thread pool.
/// </summary>
internal sealed class AutoResetSignal : IValueTaskSource
{
    private readonly Lock _lock = new();
    private ManualResetValueTaskSourceCore<bool> _core; // Mutable struct: never readonly.
    private bool _isSet;
    private bool _isAwaited;

    public AutoResetSignal()
    {
        _core.RunContinuationsAsynchronously = true;
    }

    public ValueTask WaitAsync()
    {
        lock (_lock)
        {
            if (_isSet)
            {
                _isSet = false;
                return ValueTask.CompletedTask;
            }

            _isAwaited = true;
            _core.Reset();
            return new ValueTask(this, _core.Version);
        }
    }

    public void Set()
    {
        lock (_lock)
        {
            if (!_isAwaited)
            {
                _isSet = true;
                return;
            }

            _isAwaited = false;
        }

        _core.SetResult(true);
    }

    public void GetResult(short token) => _core.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
