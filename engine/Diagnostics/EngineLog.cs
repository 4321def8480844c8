using Ebb.Engine.Experiments.Tuning;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ebb.Engine;

/// <summary>Every log line of the engine. Event ids are stable: 1xx start and stop, 2xx serving, 3xx storage.</summary>
internal static partial class EngineLog
{
    public static ILogger For(EngineOptions options) =>
        options.LoggerFactory?.CreateLogger("Ebb.Engine") ?? NullLogger.Instance;

    [LoggerMessage(100, LogLevel.Information,
        "Opened {Folder}: {Users} users, {Items} items, {Replayed} log entries replayed in {ElapsedMs} ms")]
    public static partial void Opened(
        ILogger logger, string folder, long users, int items, long replayed, long elapsedMs);

    [LoggerMessage(101, LogLevel.Information, "Exported base round {Round} in {ElapsedMs} ms")]
    public static partial void Exported(ILogger logger, long round, long elapsedMs);

    [LoggerMessage(102, LogLevel.Information,
        "Curve fitted: worst error {WorstError:G3} at age {WorstAgeMs:G3} ms, coefficients [{Coefficients}]")]
    public static partial void CurveFitted(ILogger logger, double worstError, double worstAgeMs, string coefficients);

    [LoggerMessage(200, LogLevel.Error, "Partition {Partition} failed a batch: {Reason}")]
    public static partial void BatchFailed(ILogger logger, ushort partition, string reason, Exception failure);

    [LoggerMessage(201, LogLevel.Critical,
        "Partition {Partition} stops: state and log may differ after {Reason}; restart to recover")]
    public static partial void PartitionStopped(ILogger logger, ushort partition, string reason, Exception failure);

    [LoggerMessage(202, LogLevel.Error, "A scan failed: {Reason}")]
    public static partial void ScanFailed(ILogger logger, string reason, Exception failure);

    [LoggerMessage(230, LogLevel.Error, "The sequence encoder fails, lists go without it: {Reason}")]
    public static partial void EncoderFailed(ILogger logger, string reason);

    [LoggerMessage(231, LogLevel.Information, "In force: {Model}, vector space {Space}")]
    public static partial void ModelChanged(ILogger logger, string model, uint space);

    [LoggerMessage(203, LogLevel.Error, "Learning from the population stops, the vector serves alone: {Reason}")]
    public static partial void LearnerFailed(ILogger logger, string reason, Exception failure);

    [LoggerMessage(204, LogLevel.Warning,
        "The population's interests drift: mean {Mean:G3} so far, {BlockMean:G3} now; statistic {Statistic:G3} over"
        + " {Threshold:G3}. The new level is learned from here on")]
    public static partial void PopulationDrifts(
        ILogger logger, double mean, double blockMean, double statistic, double threshold);

    [LoggerMessage(232, LogLevel.Warning,
        "The model '{Model}' has learned from what was before the drift: go on from it with newer events"
        + " (ebb train --model) and put the bundle in its place (SIGHUP)")]
    public static partial void ModelIsBehind(ILogger logger, string model);

    [LoggerMessage(209, LogLevel.Warning,
        "The tastes of many users change: more lists are flagged than the usual {Usual:P2}; statistic {Statistic:G3}")]
    public static partial void TastesChange(ILogger logger, double usual, double statistic);

    [LoggerMessage(205, LogLevel.Error, "A listener of phases failed: {Reason}")]
    public static partial void ListenerFailed(ILogger logger, string reason, Exception failure);

    [LoggerMessage(206, LogLevel.Warning, "A list of the shadow {Policy} failed, its comparison is left out")]
    public static partial void ShadowFailed(ILogger logger, Exception failure, string policy);

    [LoggerMessage(207, LogLevel.Information, "Tuner of {Policy}: {What} {Parameter}, {From:G6} to {To:G6}: {Reason}")]
    public static partial void Tuned(
        ILogger logger, string policy, TuneWhat what, string parameter, double from, double to, string reason);

    [LoggerMessage(208, LogLevel.Error, "The tuners' step failed, tried again: {Reason}")]
    public static partial void TunersFailed(ILogger logger, string reason, Exception failure);

    [LoggerMessage(300, LogLevel.Critical, "Partition {Partition} takes no more writes: {Reason}")]
    public static partial void CommitFailed(
        ILogger logger, ushort partition, string reason, Exception? failure);

    [LoggerMessage(301, LogLevel.Error, "Append to partition {Partition} was not taken: {Outcome}")]
    public static partial void AppendRefused(ILogger logger, ushort partition, Log.AppendOutcome outcome);

    [LoggerMessage(302, LogLevel.Error, "Export failed, the previous base stays: {Reason}")]
    public static partial void ExportFailed(ILogger logger, string reason, Exception failure);

    [LoggerMessage(304, LogLevel.Information, "All users are of memory schema {Number}")]
    public static partial void Rebuilt(ILogger logger, uint number);

    [LoggerMessage(305, LogLevel.Error, "Rebuilding users stops, those left follow when touched: {Reason}")]
    public static partial void RebuildFailed(ILogger logger, string reason, Exception failure);

    [LoggerMessage(306, LogLevel.Information, "{Count} idle users have expired")]
    public static partial void UsersExpired(ILogger logger, long count);

    [LoggerMessage(307, LogLevel.Error, "Idle users could not be looked for, tried again: {Reason}")]
    public static partial void ExpiryFailed(ILogger logger, string reason, Exception failure);

    [LoggerMessage(303, LogLevel.Error, "Forgotten users are not yet erased from the files, tried again: {Reason}")]
    public static partial void EraseFailed(ILogger logger, string reason, Exception failure);
}
