using Ebb.Engine.Recovery.Backup;

namespace Ebb.Engine.Recovery;

/// <summary>What a folder holds, every byte of it checked.</summary>
public sealed record FolderReport
{
    /// <summary>SHA-256 over every user's folded bytes and the partitions' own state, hex.</summary>
    public required string StateHash { get; init; }

    public required long UserCount { get; init; }

    public required int ItemCount { get; init; }

    /// <summary>Log entries after the base.</summary>
    public required long EntriesFolded { get; init; }

    /// <summary>All that the logs still hold, the catalogue's too.</summary>
    public required long LogEntriesChecked { get; init; }

    /// <summary>Nothing was trimmed: the logs begin with their first entry.</summary>
    public required bool ReachesBack { get; init; }

    /// <summary>True: the whole log alone folds to the same state. Null: it was trimmed.</summary>
    public bool? IsFoldOfWholeLog { get; init; }

    /// <summary>Null: a folder to serve from.</summary>
    public BackupManifest? Backup { get; init; }

    /// <summary>Files that are not ours, relative to the folder; they are left alone.</summary>
    public IReadOnlyList<string> UnknownFiles { get; init; } = [];

    public TimeSpan Elapsed { get; init; }
}
