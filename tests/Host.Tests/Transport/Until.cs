using System.Diagnostics;

namespace Ebb.Host.Tests.Transport;

/// <summary>Waits for what another thread will bring about; gives up after a generous while.</summary>
internal static class Until
{
    public static async Task TrueAsync(Func<bool> condition)
    {
        var waited = Stopwatch.StartNew();
        while (!condition())
        {
            if (waited.Elapsed > RawConnection.Patience)
            {
                throw new TimeoutException("What the test waits for did not happen.");
            }

            await Task.Yield();
        }
    }
}
