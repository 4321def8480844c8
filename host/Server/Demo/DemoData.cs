using Ebb.Evaluation;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Npy;
using Ebb.Server.Commands;

namespace Ebb.Server.Demo;

/// <summary>
/// UCI Online Retail as shipped beside the program, in time order, with an item vector for each product. Immutable.
/// </summary>
public sealed class DemoData
{
    public const string DefaultCustomer = "16107";

    /// <summary>--short plays one customer in this many.</summary>
    public const int ShortCustomerStep = 8;

    private const int SuggestedCount = 5;

    private readonly string[] _titles;

    private DemoData(BehaviourLog log, ItemVectors vectors, IReadOnlyList<Invoice> invoices)
    {
        Log = log;
        Vectors = vectors;
        Invoices = invoices;
        _titles = [.. log.ItemTitles.Select((title, item) => title ?? log.Items[item])];
    }

    public BehaviourLog Log { get; }

    public ItemVectors Vectors { get; }

    /// <summary>In time order.</summary>
    public IReadOnlyList<Invoice> Invoices { get; }

    /// <summary>The last moment of the data: the demo's "now".</summary>
    public long EndMs => Log.Rows[^1].TimeMs;

    public static string ShippedFolder => Path.Combine(AppContext.BaseDirectory, "data");

    /// <exception cref="DataFileException">The data beside the program is missing or broken.</exception>
    public static DemoData Load(string folder)
    {
        BehaviourLog log =
            DatasetReader.Read(DatasetKind.OnlineRetail, Path.Combine(folder, "online_retail.csv.gz"));
        ItemVectors vectors = ItemVectors.Load(
            Path.Combine(folder, "items_ppmi_svd64.npy.gz"), Path.Combine(folder, "items_ids.txt"));
        return new DemoData(log, vectors, GroupInvoices(log));
    }

    public string Title(int item) => _titles[item];

    /// <summary>The index of a customer id; "13081" and "13081.0" are the same.</summary>
    /// <exception cref="CliException">The data has no such customer.</exception>
    public int FindCustomer(string id)
    {
        string wanted = id.Trim();
        wanted = wanted.EndsWith(".0", StringComparison.Ordinal) ? wanted[..^2] : wanted;
        for (int user = 0; user < Log.Users.Count; user++)
        {
            if (Log.Users[user] == wanted)
            {
                return user;
            }
        }

        string suggestions = string.Join(", ", Suggestions());
        throw new CliException($"--customer {id}: no customer of the data", "try one of " + suggestions);
    }

    /// <summary>The invoices to play: all of them, or those of one customer in eight and of the story's one.</summary>
    public IReadOnlyList<Invoice> Choose(bool isShort, int storyCustomer) => isShort
        ? [.. Invoices.Where(invoice => invoice.User % ShortCustomerStep == 0 || invoice.User == storyCustomer)]
        : Invoices;

    private IEnumerable<string> Suggestions()
    {
        var rows = Invoices.GroupBy(invoice => invoice.User)
            .Where(group => group.Count() is >= 5 and <= 12)
            .Select(group => Log.Users[group.Key]);
        return rows.Order(StringComparer.Ordinal).Take(SuggestedCount);
    }

    private static List<Invoice> GroupInvoices(BehaviourLog log)
    {
        var invoices = new List<Invoice>();
        int first = 0;
        for (int row = 1; row <= log.Rows.Count; row++)
        {
            if (row == log.Rows.Count || log.Rows[row].Basket != log.Rows[first].Basket
                || log.Rows[row].User != log.Rows[first].User || log.Rows[row].Type != log.Rows[first].Type)
            {
                BehaviourRow start = log.Rows[first];
                invoices.Add(new Invoice(start.User, start.TimeMs, start.Type, first, row - first));
                first = row;
            }
        }

        // Stable: invoices of the same minute stay in file order.
        return [.. invoices.OrderBy(invoice => invoice.TimeMs)];
    }
}
