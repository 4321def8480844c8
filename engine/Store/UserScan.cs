using FASTER.core;

namespace Ebb.Engine.Store;

/// <summary>
/// Where a scan over a store's users stands. Made by <see cref="InterestStore.BeginScan"/>, used and disposed by the
/// store's owner. While it lives, the store does not compact what it has not passed yet.
/// </summary>
public sealed class UserScan : IDisposable
{
    private readonly Action<UserScan> _onDispose;

    internal UserScan(
        IFasterScanIterator<SpanByte, SpanByte> records,
        long fromAddress,
        long untilAddress,
        Action<UserScan> onDispose)
    {
        Records = records;
        FromAddress = fromAddress;
        UntilAddress = untilAddress;
        _onDispose = onDispose;
    }

    /// <summary>True once every user was given; the scan holds nothing any more.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>True once a read failed: what the scan gave so far is not all, and it gives no more.</summary>
    internal bool HasFailed { get; private set; }

    internal IFasterScanIterator<SpanByte, SpanByte> Records { get; }

    /// <summary>The log's tail when the scan began: what is at or above it was written since.</summary>
    internal long UntilAddress { get; }

    /// <summary>Users given although their newest record lies above <see cref="UntilAddress"/>.</summary>
    internal HashSet<UInt128> GivenEarly { get; } = [];

    /// <summary>Records below this were looked at.</summary>
    internal long PassedAddress => Math.Max(FromAddress, Records.CurrentAddress);

    private long FromAddress { get; }

    internal void Fail()
    {
        HasFailed = true;
        Dispose();
    }

    public void Dispose()
    {
        if (!IsComplete)
        {
            IsComplete = true;
            Records.Dispose();
            GivenEarly.Clear();
            _onDispose(this);
        }
    }
}
