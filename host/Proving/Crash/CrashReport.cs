namespace Ebb.Proving.Crash;

/// <summary>What came of crashes. Points: how many hit which kind of call.</summary>
internal sealed record CrashReport(
    int Count, int JournalLength, IReadOnlyList<string> Failures, TimeSpan SlowestOpen,
    IReadOnlyDictionary<string, int> Points);
