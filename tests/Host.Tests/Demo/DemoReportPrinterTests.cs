using Ebb.Server.Commands;
using Ebb.Server.Demo;
using Xunit;

namespace Ebb.Host.Tests.Demo;

public sealed class DemoReportPrinterTests
{
    [Fact]
    public void Print_IntoAPipe_HasTheFactsAndNoEscapeSequences()
    {
        string text = Print(Sample());

        Assert.DoesNotContain('\u001b', text);
        Assert.Contains("404,909 events of 21,788 invoices sent, 404,909 applied", text);
        Assert.Contains("7 kept, 6 refreshed, 5 made anew, 4 made anew and diversified, 3 popular", text);
        Assert.Contains("0.250", text);
        Assert.Contains("bought    TEA [RED] LIGHT", text);
        Assert.Contains("because they bought TEA [RED] LIGHT on 2011-11-20", text);
        Assert.Contains("a model, swapped in while serving in 0.5 s", text);
        Assert.Contains("PRODUCT OF THE MODEL", text);
        Assert.DoesNotContain("--short", text);
    }

    [Fact]
    public void Print_Short_SaysThatItIsASubset() =>
        Assert.Contains("--short: a subset", Print(Sample() with { Complete = false }));

    private static string Print(DemoReport report)
    {
        var output = new StringWriter();
        new DemoReportPrinter(new Terminal(TextReader.Null, output, TextWriter.Null).Console).Print(report);
        return output.ToString();
    }

    private static DemoReport Sample()
    {
        var bought = new DateTimeOffset(2011, 11, 20, 10, 0, 0, TimeSpan.Zero);
        return new DemoReport
        {
            Data = "data",
            Complete = true,
            CustomerCount = 4363,
            InvoiceCount = 21_788,
            ItemCount = 3676,
            Server = "server",
            HalfLife = "30d",
            EventsSent = 404_909,
            EventsApplied = 404_909,
            EventsRefused = 0,
            Seconds = 10,
            EventsPerSecond = 40_491,
            Measured = "somehow",
            Act = new LatencySummary(10, 250, 300, 350, 400),
            Recommend = new LatencySummary(20, 150, 200, 250, 300),
            Lists = new ListCounts(7, 6, 5, 4, 3),
            Encoder = new EncodedWishes("a model", ["PRODUCT OF THE MODEL"], 0.5),
            Story = new CustomerStory
            {
                Customer = "16107",
                EventCount = 1,
                InvoiceCount = 1,
                FirstTime = bought,
                Now = bought,
                Invoices = [new StoryInvoice(bought, "bought", 1, ["TEA [RED] LIGHT"])],
                Decision = "new",
                Log2Scale = 0,
                Wishes =
                [
                    new StoryWish("22222", "TEA CUP", 4, 0)
                    {
                        Reasons = [new StoryReason("11111", "TEA [RED] LIGHT", "bought", bought, 4)],
                        OtherReasonCount = 0,
                        OtherAmount = 0,
                        OlderAmount = 0,
                    },
                ],
            },
        };
    }
}
