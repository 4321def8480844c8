namespace Ebb.Engine.Privacy;

/// <summary>One release and what it cost.</summary>
internal sealed record PrivacySpending(long AtMs, string Report, double Epsilon);
