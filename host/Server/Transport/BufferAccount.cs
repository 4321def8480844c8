namespace Ebb.Server.Transport;

/// <summary>
/// One connection's share of the <see cref="BufferBudget"/>. The read loop and the sender both tell it what they
/// changed; each looks again afterwards, so what was told last is what is.
/// </summary>
internal sealed class BufferAccount(BufferBudget budget)
{
    private long _told;
    private bool _isClosed;

    /// <summary>As the budget knows it.</summary>
    public long Told => Volatile.Read(ref _told);

    /// <param name="held">Reads the bytes that are held now.</param>
    public void Settle(Func<long> held)
    {
        long now;
        do
        {
            now = held();
            Tell(now);
        }
        while (held() != now && !Volatile.Read(ref _isClosed));
    }

    /// <summary>The connection is gone, with all that it held.</summary>
    public void Close()
    {
        Volatile.Write(ref _isClosed, true);
        budget.Add(-Interlocked.Exchange(ref _told, 0));
    }

    private void Tell(long bytes)
    {
        bytes = bytes < BufferBudget.StepBytes ? 0 : bytes;
        if (Math.Abs(bytes - Volatile.Read(ref _told)) < BufferBudget.StepBytes && bytes != 0)
        {
            return;
        }

        if (bytes != Volatile.Read(ref _told))
        {
            budget.Add(bytes - Interlocked.Exchange(ref _told, bytes));
            if (Volatile.Read(ref _isClosed))
            {
                budget.Add(-Interlocked.Exchange(ref _told, 0));
            }
        }
    }
}
