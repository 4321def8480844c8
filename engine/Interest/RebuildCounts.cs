namespace Ebb.Engine.Interest;

/// <summary>Rebuilt users by method, since open. Any thread.</summary>
internal sealed class RebuildCounts
{
    private readonly long[] _counts = new long[(int)RebuildMethod.LastEvents + 1];

    public long Of(RebuildMethod method) => Interlocked.Read(ref _counts[(int)method]);

    public void Add(RebuildMethod method, int count) => Interlocked.Add(ref _counts[(int)method], count);
}
