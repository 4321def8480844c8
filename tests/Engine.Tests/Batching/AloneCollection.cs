using Xunit;

namespace Ebb.Engine.Tests.Batching;

/// <summary>Tests that read counters of the whole process: nothing else runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
