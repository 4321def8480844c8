namespace Ebb.Server.Demo;

/// <summary>One invoice: "bought" or "returned", the number of lines, and the first few products.</summary>
public sealed record StoryInvoice(DateTimeOffset Time, string Act, int LineCount, IReadOnlyList<string> Products);
