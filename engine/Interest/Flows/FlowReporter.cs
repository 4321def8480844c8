using Ebb.Engine.Catalogue;

namespace Ebb.Engine.Interest.Flows;

/// <summary>Makes the report of a table, for people.</summary>
internal static class FlowReporter
{
    /// <summary>Less than this of an event is left out.</summary>
    private const double CountMin = 1e-6;

    /// <param name="table">As of the moment.</param>
    /// <param name="catalogue">Names the codes.</param>
    /// <param name="countMax">Flows, and balances, of a window at most.</param>
    /// <param name="atMs">The moment.</param>
    public static FlowReport Make(FlowTable table, CatalogueLease catalogue, int countMax, long atMs)
    {
        string[] names = new string[table.CodeMax + 1];
        for (uint code = 1; code < names.Length; code++)
        {
            names[code] = catalogue.Text(AttributeKind.Category, code) ?? "";
        }

        return new FlowReport
        {
            IsCounted = true,
            AtMs = atMs,
            Windows =
            [
                .. Enumerable.Range(0, FlowWindows.Count).Select(window => Make(table, names, countMax, window)),
            ],
        };
    }

    private static FlowWindow Make(FlowTable table, string[] names, int countMax, int window)
    {
        var counts = table.Edges.ToDictionary(edge => (edge.From, edge.To), edge => edge.In(window));
        double Count(uint from, uint to) => counts.GetValueOrDefault((from, to));
        CategoryFlow[] flows =
        [
            .. counts.Keys.Where(pair => pair.From != 0 && pair.From != pair.To)
                .Select(pair => new CategoryFlow(
                    names[pair.From], names[pair.To], Count(pair.From, pair.To), Count(pair.To, pair.From)))
                .Where(flow => flow.Count >= CountMin && flow.Net >= 0 && (flow.Net > 0 || IsFirst(flow)))
                .OrderByDescending(flow => flow.Net)
                .ThenBy(flow => flow.From, StringComparer.Ordinal).ThenBy(flow => flow.To, StringComparer.Ordinal)
                .Take(countMax),
        ];
        CategoryBalance[] balances =
        [
            .. Balances(table, names, window)
                .Where(one => one.In + one.Out + one.Stayed + one.Began >= CountMin)
                .OrderByDescending(one => one.Gain).ThenBy(one => one.Category, StringComparer.Ordinal)
                .Take(countMax),
        ];
        return new FlowWindow(FlowWindows.NameOf(window), TimeSpan.FromMilliseconds(FlowWindows.LengthsMs[window]))
        {
            Flows = flows,
            Balances = balances,
        };
    }

    // Of a pair that is even, one direction is told.
    private static bool IsFirst(CategoryFlow flow) => string.CompareOrdinal(flow.From, flow.To) < 0;

    private static CategoryBalance[] Balances(FlowTable table, string[] names, int window)
    {
        CategoryBalance[] balances = [.. names.Select(name => new CategoryBalance(name, 0, 0, 0, 0))];
        foreach (FlowEdge edge in table.Edges)
        {
            ref CategoryBalance origin = ref balances[edge.From];
            ref CategoryBalance to = ref balances[edge.To];
            double count = edge.In(window);
            if (edge.From == 0)
            {
                to = to with { Began = to.Began + count };
            }
            else if (edge.From == edge.To)
            {
                to = to with { Stayed = to.Stayed + count };
            }
            else
            {
                origin = origin with { Out = origin.Out + count };
                to = to with { In = to.In + count };
            }
        }

        return balances[1..];
    }
}
