using Ebb.Engine.Interest.Lifecycle.Watching;

namespace Ebb.Server.Transport;

/// <summary>The subscriptions of one connection, one a user, bounded; all end with it. Any thread.</summary>
internal sealed class ConnectionWatches(EbbConnection connection, int countMax)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, WireWatch> _byUser = [];
    private bool _isClosed;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _byUser.Count;
            }
        }
    }

    /// <summary>A watch to hand to the engine; an earlier one of the user ends. Null: there are too many.</summary>
    public PhaseWatch? Begin(ReadOnlySpan<byte> user, ulong correlationId)
    {
        var watch = new WireWatch(connection.Output, connection.PeerFrameBytesMax, correlationId);
        WireWatch? earlier;
        lock (_lock)
        {
            string key = Convert.ToHexString(user);
            bool hasEarlier = _byUser.TryGetValue(key, out earlier);
            if (_isClosed || (!hasEarlier && _byUser.Count >= countMax))
            {
                return null;
            }

            _byUser[key] = watch;
        }

        earlier?.Close();
        return watch.Watch;
    }

    public void End(ReadOnlySpan<byte> user)
    {
        WireWatch? watch;
        lock (_lock)
        {
            _byUser.Remove(Convert.ToHexString(user), out watch);
        }

        watch?.Close();
    }

    /// <summary>The engine refused to begin it.</summary>
    public void Forget(PhaseWatch refused)
    {
        lock (_lock)
        {
            foreach (var (key, watch) in _byUser)
            {
                if (ReferenceEquals(watch.Watch, refused))
                {
                    _byUser.Remove(key);
                    return;
                }
            }
        }
    }

    /// <summary>When it returns nothing more will be written to the connection.</summary>
    public void Close()
    {
        WireWatch[] watches;
        lock (_lock)
        {
            _isClosed = true;
            watches = [.. _byUser.Values];
            _byUser.Clear();
        }

        Array.ForEach(watches, watch => watch.Close());
    }
}
