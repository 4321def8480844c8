using FASTER.core;

namespace Ebb.Engine.Log;

/// <summary>
/// Stands where the log library keeps its commit files: hands it the recovered point once, and its commits to the
/// partition. Called from the library's commit worker, one call at a time.
/// </summary>
internal sealed class CommitBridge(CommitPoint recovered, Action<long, long> commit) : ILogCommitManager
{
    /// <summary>Throwing keeps the library from going on as if the commit had been recorded.</summary>
    public void Commit(
        long beginAddress, long untilAddress, byte[] commitMetadata, long commitNum, bool forceWriteMetadata) =>
        commit(untilAddress, commitNum);

    public byte[] GetCommitMetadata(long commitNum)
    {
        long begin = Math.Max(SegmentLayout.FirstAddress, SegmentLayout.PageStart(recovered.BeginAddress));
        FasterLogRecoveryInfo info = new()
        {
            BeginAddress = begin,
            UntilAddress = recovered.UntilAddress,
            CommitNum = recovered.CommitNumber,
        };
        return info.ToByteArray();
    }

    public IEnumerable<long> ListCommits() => [recovered.CommitNumber];

    public void RemoveCommit(long commitNum)
    {
    }

    public void RemoveAllCommits()
    {
    }

    public void OnRecovery(long commitNum)
    {
    }

    public void Dispose()
    {
    }
}
