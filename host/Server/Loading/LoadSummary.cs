using System.Globalization;
using Ebb.Protocol;

namespace Ebb.Server.Loading;

/// <summary>What a load did, and what was refused with the first few examples. Not thread-safe.</summary>
public sealed class LoadSummary
{
    public const int ExampleCountMax = 5;

    private readonly Dictionary<StatusCode, long> _refusals = [];
    private readonly List<string> _examples = [];

    public long ItemsPut { get; set; }

    /// <summary>The generation that shows the catalogue; null when none was loaded.</summary>
    public ulong? Generation { get; set; }

    public long EventsApplied { get; set; }

    /// <summary>Counted before: the file was loaded already, wholly or in part.</summary>
    public long EventsDuplicate { get; set; }

    /// <summary>Waiting for items that the server does not know.</summary>
    public long EventsParked { get; set; }

    /// <summary>Rows of a file that could not be read.</summary>
    public long BadRows { get; set; }

    public bool HasHistory { get; set; }

    public IReadOnlyDictionary<StatusCode, long> Refusals => _refusals;

    public IReadOnlyList<string> Examples => _examples;

    public void Refuse(StatusCode status, string what)
    {
        _refusals[status] = _refusals.GetValueOrDefault(status) + 1;
        AddExample(string.Create(CultureInfo.InvariantCulture, $"{what}: {status}"));
    }

    public void AddExample(string example)
    {
        if (_examples.Count < ExampleCountMax)
        {
            _examples.Add(example);
        }
    }
}
