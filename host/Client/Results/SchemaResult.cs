namespace Ebb.Client;

/// <summary>The memory schema that a server runs.</summary>
/// <param name="Number">Raised with every change.</param>
/// <param name="PendingUserCount">Users who are still to be made anew for it.</param>
/// <param name="Document">JSON, as <c>--memory-schema</c> takes it.</param>
public sealed record SchemaResult(uint Number, long PendingUserCount, string Document);
