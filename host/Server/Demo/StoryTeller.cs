using Ebb.Client;
using Ebb.Evaluation.Datasets;

namespace Ebb.Server.Demo;

/// <summary>Asks the server about one customer and puts the answer beside what the data says.</summary>
public static class StoryTeller
{
    private const int InvoiceCountMax = 6;
    private const int ProductCountMax = 4;
    private const int ReasonCountMax = 2;

    /// <summary>A surface of its own: the story's list is never one kept from the replay.</summary>
    private const ushort StorySurface = 1;

    public static async Task<CustomerStory> TellAsync(
        EbbClient client, DemoData data, int customer, CancellationToken cancellation)
    {
        var query = new EbbQuery
        {
            Count = DemoPlayer.ListCount,
            Surface = StorySurface,
            Explain = true,
            NowMs = data.EndMs,
        };
        RecommendResult list = await client.RecommendAsync(data.Log.Users[customer], query, cancellation);
        Invoice[] invoices = [.. data.Invoices.Where(invoice => invoice.User == customer)];
        var names = new ProductNames(data, invoices);
        return new CustomerStory
        {
            Customer = data.Log.Users[customer],
            EventCount = invoices.Sum(invoice => invoice.Count),
            InvoiceCount = invoices.Length,
            FirstTime = Time(invoices[0].TimeMs),
            Now = Time(data.EndMs),
            Invoices = [.. invoices.TakeLast(InvoiceCountMax).Select(invoice => Describe(invoice, data))],
            Decision = list.Decision.ToString().ToLowerInvariant(),
            Log2Scale = list.Log2Scale,
            Wishes = [.. list.Items.Select(item => Describe(item, names))],
        };
    }

    private static StoryInvoice Describe(Invoice invoice, DemoData data)
    {
        var products = Enumerable.Range(invoice.First, Math.Min(invoice.Count, ProductCountMax))
            .Select(row => data.Title(data.Log.Rows[row].Item));
        return new StoryInvoice(Time(invoice.TimeMs), Act(invoice.Type), invoice.Count, [.. products]);
    }

    private static StoryWish Describe(EbbRecommendedItem item, ProductNames names)
    {
        string id = item.Item.ToString();
        EbbScoreTerm[] terms = [.. item.Terms.OrderByDescending(term => term.Amount)];
        return new StoryWish(id, names.Title(id), item.Score, names.PurchaseCount(id))
        {
            Reasons = [.. terms.Take(ReasonCountMax).Select(term => new StoryReason(
                term.Item.ToString(), names.Title(term.Item.ToString()), Act(term.EventType), Time(term.TimeMs),
                term.Amount))],
            OtherReasonCount = Math.Max(0, terms.Length - ReasonCountMax),
            OtherAmount = terms.Skip(ReasonCountMax).Sum(term => (double)term.Amount),
            OlderAmount = item.OlderTerms,
        };
    }

    private static string Act(byte type) => type switch
    {
        EbbEventType.Purchase => "bought",
        EbbEventType.Return => "returned",
        _ => "acted on",
    };

    private static DateTimeOffset Time(long timeMs) => DateTimeOffset.FromUnixTimeMilliseconds(timeMs);

    /// <summary>Titles by item id, and how often this customer bought an item.</summary>
    private sealed class ProductNames
    {
        private readonly Dictionary<string, string> _titles = [];
        private readonly Dictionary<string, int> _purchases = [];

        public ProductNames(DemoData data, IEnumerable<Invoice> invoices)
        {
            for (int item = 0; item < data.Log.Items.Count; item++)
            {
                _titles[data.Log.Items[item]] = data.Title(item);
            }

            foreach (Invoice invoice in invoices.Where(invoice => invoice.Type == EbbEventType.Purchase))
            {
                for (int row = invoice.First; row < invoice.First + invoice.Count; row++)
                {
                    BehaviourRow line = data.Log.Rows[row];
                    string id = data.Log.Items[line.Item];
                    _purchases[id] = _purchases.GetValueOrDefault(id) + 1;
                }
            }
        }

        public string Title(string id) => _titles.GetValueOrDefault(id, id);

        public int PurchaseCount(string id) => _purchases.GetValueOrDefault(id);
    }
}
