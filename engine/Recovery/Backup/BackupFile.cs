namespace Ebb.Engine.Recovery.Backup;

/// <summary>One file of a backup.</summary>
/// <param name="Path">Relative to the folder, with forward slashes.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Of its content, hex.</param>
public sealed record BackupFile(string Path, long Bytes, string Sha256);
