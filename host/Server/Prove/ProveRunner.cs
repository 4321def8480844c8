using Ebb.Server.Commands;

namespace Ebb.Server.Prove;

/// <summary>Tries the promises one after the other; a check that throws has failed, and the next is tried.</summary>
public static class ProveRunner
{
    internal static readonly IReadOnlyList<ProveCheck> All =
    [
        .. DiskChecks.All, .. EncryptionChecks.All, .. FoldChecks.All, .. DoorChecks.All, .. WireChecks.All,
        .. PromiseChecks.All, .. OverloadChecks.All, .. LoadChecks.All, .. SoakChecks.All,
        .. RecoveryChecks.All,
    ];

    /// <param name="isLong">The long form: minutes to an hour.</param>
    /// <param name="only">Part of a promise's words; null: all.</param>
    /// <param name="told">Each row as it comes.</param>
    /// <param name="cancellation">Stops before the next check.</param>
    public static async Task<IReadOnlyList<ProveRow>> RunAsync(
        bool isLong, string? only, Action<ProveRow> told, CancellationToken cancellation)
    {
        List<ProveRow> rows = [];
        foreach (ProveCheck check in All)
        {
            if (only is not null && !check.Promise.Contains(only, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            cancellation.ThrowIfCancellationRequested();
            ProveRow row = await TryAsync(check, isLong, cancellation);
            rows.Add(row);
            told(row);
        }

        return rows;
    }

    internal static async Task<ProveRow> TryAsync(ProveCheck check, bool isLong, CancellationToken cancellation)
    {
        try
        {
            return await check.RunAsync(isLong, cancellation);
        }
        catch (Exception failure) when (failure is not OperationCanceledException
            || !cancellation.IsCancellationRequested)
        {
            return ProveRow.Fail(
                check.Promise, $"{failure.GetType().Name}: {ExpectedErrors.OneLine(failure.Message)}");
        }
    }
}
