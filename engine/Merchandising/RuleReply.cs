namespace Ebb.Engine.Merchandising;

/// <summary>What became of a put or removal: the entry of the audit where the status is Ok.</summary>
public sealed record RuleReply(EntryStatus Status, RuleChange? Change);
