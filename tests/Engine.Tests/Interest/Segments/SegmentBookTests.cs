using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Segments;
using Ebb.Kernels.Backends;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Interest.Segments;

/// <summary>Demand by segment against the plain sum in double; users leave it as if they never came.</summary>
public sealed class SegmentBookTests
{
    private static readonly string[] Names = ["", "de", "uk"];

    [Fact]
    public void Add_OfManyUsers_IsThePlainSum_AndForgetLeavesTheSumOfTheOthers()
    {
        List<(string User, string Name, PopulationShare Share)> events = Events(200);
        SegmentBook book = Fold(events);
        Compare(book, events);
        Forget(book, events, "u3");
        Forget(book, events, "nobody");
        Compare(book, [.. events.Where(one => one.User != "u3")]);

        // Twice is once.
        Forget(book, events, "u3");
        Compare(book, [.. events.Where(one => one.User != "u3")]);
    }

    [Fact]
    public void Unsend_OfAUserOfOneSegment_TakesTheOneEventOut()
    {
        List<(string User, string Name, PopulationShare Share)> events = Events(60);
        SegmentBook book = Fold([.. events.Select(one => one with { Name = "de" })]);
        (string user, _, PopulationShare share) = events[30];
        book.Unsend(Bytes(user), share);
        book.Unsend("nobody"u8, share);
        events.RemoveAt(30);
        Compare(book, [.. events.Select(one => one with { Name = "de" })]);
        Forget(book, [.. events.Select(one => one with { Name = "de" })], user);
        Compare(book, [.. events.Where(one => one.User != user).Select(one => one with { Name = "de" })]);
    }

    [Fact]
    public void Write_AndRead_IsTheSameBookByteForByte()
    {
        SegmentBook book = Fold(Events(200));
        var bytes = new List<byte>();
        book.Write(bytes);
        ReadOnlySpan<byte> input = bytes.ToArray();
        SegmentBook read = New();
        read.Read(ref input);
        Assert.True(input.IsEmpty);
        var again = new List<byte>();
        read.Write(again);
        Assert.Equal(bytes, again);
        Compare(read, Events(200));
    }

    [Fact]
    public void Push_KeepsWhatARecordCanRemember()
    {
        SegmentRun[] runs = [];
        for (int index = 0; index < 1000; index++)
        {
            runs = SegmentRun.Push(runs, (ushort)(index / 100 % 2));
        }

        Assert.Equal(MemorySchema.RecentEventCountMax, runs.Sum(run => run.Count));
        Assert.Equal([new SegmentRun(1, 100), new SegmentRun(0, 28)], runs);
        Assert.Equal([new SegmentRun(7, 1)], SegmentRun.Push([], 7));
    }

    [Fact]
    public void Add_MoreSegmentsThanAreCounted_AreDropped()
    {
        SegmentBook book = New();
        for (int segment = 0; segment < SegmentBook.SegmentCountMax + 5; segment++)
        {
            book.Add("ann"u8, Bytes("s" + segment), new PopulationShare(1, 1, NowMs));
        }

        Assert.Equal(SegmentBook.SegmentCountMax, book.Names.Count);
        Assert.False(book.SumInto("s" + SegmentBook.SegmentCountMax, []));
    }

    private static SegmentBook New() => new(new CpuBackend(), DayMs);

    private static SegmentBook Fold(List<(string User, string Name, PopulationShare Share)> events)
    {
        SegmentBook book = New();
        events.ForEach(one => book.Add(Bytes(one.User), Bytes(one.Name), one.Share));
        return book;
    }

    private static void Forget(
        SegmentBook book, List<(string User, string Name, PopulationShare Share)> events, string user) =>
        book.Forget(
            Bytes(user),
            events.Where(one => one.User == user && one.Share.Weight > 0).Select(one => one.Share).Reverse());

    private static void Compare(SegmentBook book, List<(string User, string Name, PopulationShare Share)> events)
    {
        foreach (string name in Names.Skip(1))
        {
            var found = new Dictionary<uint, PopulationDemand>();
            book.SumInto(name, found);
            for (uint item = 0; item < 8; item++)
            {
                double plain = events
                    .Where(one => one.Name == name && one.Share.ItemIndex == item && one.Share.Weight > 0)
                    .Sum(one => one.Share.Weight * Math.Pow(2, -(NowMs - one.Share.TimeMs) / (double)DayMs));
                double told = found.TryGetValue(item, out PopulationDemand demand)
                    ? Math.Pow(2, demand.BirthLog2 - (NowMs / (double)DayMs))
                    : 0;
                Assert.Equal(plain, told, 1e-3 * Math.Max(1, plain));
            }
        }
    }

    private static List<(string User, string Name, PopulationShare Share)> Events(int count)
    {
        var random = new Random(42);
        return
        [
            .. Enumerable.Range(0, count).Select(index => (
                "u" + random.Next(10), Names[random.Next(3)],
                new PopulationShare(
                    (uint)random.Next(8), random.Next(6) - 1, NowMs - ((count - index) * (DayMs / 100))))),
        ];
    }

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}
