using System.Runtime.InteropServices;

namespace Ebb.Engine.Interest.Flows;

/// <summary>
/// The transitions of the whole population at a moment, by category code. The windows fade up to that moment; the
/// counts behind P(next) are as of the last transition anywhere, because a common factor says nothing. Not changed once
/// made.
/// </summary>
internal sealed class FlowTable
{
    private readonly Dictionary<uint, FlowRow> _rows = [];

    /// <param name="partitions">What each partition counted; the caller holds still what it reads.</param>
    /// <param name="modelHalfLifeMs">Of the last mass of a cell.</param>
    /// <param name="nowMs">A cell's later moment is taken for this one.</param>
    public FlowTable(IReadOnlyList<FlowCell[]> partitions, double modelHalfLifeMs, long nowMs)
    {
        var sums = new Dictionary<ulong, FlowEdge>();
        long asOfMs = partitions.SelectMany(cells => cells).Select(cell => cell.AsOfMs).DefaultIfEmpty(0).Max();
        foreach (FlowCell cell in partitions.SelectMany(cells => cells))
        {
            ref FlowEdge edge = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, cell.Key, out _);
            edge = edge with
            {
                From = cell.From,
                To = cell.To,
                Hour = edge.Hour + Faded(cell, 0, nowMs),
                Day = edge.Day + Faded(cell, 1, nowMs),
                Week = edge.Week + Faded(cell, 2, nowMs),
                Model = edge.Model + (cell.Masses[3] * Math.Pow(2, -(asOfMs - cell.AsOfMs) / modelHalfLifeMs)),
            };
        }

        Edges = [.. sums.Values.OrderBy(edge => FlowCell.KeyOf(edge.From, edge.To))];
        CodeMax = Edges.Length == 0 ? 0 : Math.Max(Edges.Max(edge => edge.From), Edges.Max(edge => edge.To));
        Prior = new double[CodeMax + 1];
        foreach (IGrouping<uint, FlowEdge> row in Edges.GroupBy(edge => edge.From))
        {
            _rows[row.Key] = new FlowRow([.. row], row.Sum(edge => edge.Model));
        }

        foreach (FlowEdge edge in Edges)
        {
            Prior[edge.To] += edge.Model;
            Total += edge.Model;
        }
    }

    /// <summary>For a report alone: counts of windows, by from, then to; nothing for P(next).</summary>
    public FlowTable(IReadOnlyList<FlowEdge> edges)
    {
        Edges = [.. edges];
        CodeMax = Edges.Length == 0 ? 0 : Math.Max(Edges.Max(edge => edge.From), Edges.Max(edge => edge.To));
        Prior = new double[CodeMax + 1];
    }

    public static FlowTable Empty { get; } = new(Array.Empty<FlowEdge>());

    /// <summary>By from, then to.</summary>
    public FlowEdge[] Edges { get; }

    /// <summary>The highest code that stands in it.</summary>
    public uint CodeMax { get; }

    /// <summary>Events by category code, decayed; their sum is <see cref="Total"/>.</summary>
    public double[] Prior { get; }

    public double Total { get; }

    /// <summary>What followed a category; null when nothing is known of it.</summary>
    public FlowRow? RowOf(uint from) => _rows.GetValueOrDefault(from);

    private static double Faded(in FlowCell cell, int window, long nowMs) =>
        cell.Masses[window] * Math.Pow(2, -Math.Max(0, nowMs - cell.AsOfMs) / FlowWindows.HalfLivesMs[window]);
}

/// <summary>What left one category, and the sum of it.</summary>
internal sealed record FlowRow(FlowEdge[] Edges, double Total);

/// <summary>Transitions from one category to another: per window, and as P(next) counts them.</summary>
internal readonly record struct FlowEdge(uint From, uint To)
{
    public double Hour { get; init; }

    public double Day { get; init; }

    public double Week { get; init; }

    public double Model { get; init; }

    public double In(int window) => window switch { 0 => Hour, 1 => Day, _ => Week };
}
