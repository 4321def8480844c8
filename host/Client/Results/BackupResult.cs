namespace Ebb.Client;

/// <summary>A backup that is on the server's disk.</summary>
/// <param name="Bytes">Of all its files.</param>
/// <param name="FileCount">Those that its manifest names.</param>
/// <param name="CreatedMs">When it was begun.</param>
public sealed record BackupResult(long Bytes, int FileCount, long CreatedMs);
