using Ebb.Engine.Store;

namespace Ebb.Engine.Tests.Store;

/// <summary>Keeps what a scan gives; a user given twice is an error at once.</summary>
internal sealed class CollectingSink : IUserSink
{
    internal Dictionary<string, byte[]> Users { get; } = [];

    internal static string NameOf(ReadOnlySpan<byte> key) => Convert.ToHexString(key);

    internal static CollectingSink ScanAll(InterestStore store, int sliceCount = 100)
    {
        var sink = new CollectingSink();
        using UserScan scan = store.BeginScan();
        while (store.ReadNext(scan, sliceCount, sink) != 0)
        {
        }

        return sink;
    }

    public void OnUser(ReadOnlySpan<byte> key, ReadOnlySpan<byte> record) =>
        Users.Add(NameOf(key), record.ToArray());
}
