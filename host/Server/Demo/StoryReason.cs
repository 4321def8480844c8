namespace Ebb.Server.Demo;

/// <summary>What one past event adds to a score.</summary>
public sealed record StoryReason(string Item, string Name, string Act, DateTimeOffset Time, double Amount);
