using Xunit;

namespace Ebb.Host.Tests.Commands;

/// <summary>For tests that look at the whole process: its heap grows by whatever runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
