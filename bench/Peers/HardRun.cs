using Ebb.Kernels.Backends;
using Ebb.Kernels.Memory;
using Ebb.Kernels.TopK;

namespace Ebb.Bench.Peers;

/// <summary>
/// The code scan against our own fp32 scan on every kind of <see cref="HardData"/>: same rows, batch and threads, in
/// turn. Prints the median of each and of the rounds' ratios (codes ÷ fp32), and whether the lists agree.
/// </summary>
internal sealed class HardRun(HardOptions options)
{
    // A round of less than this repeats its call: the clock is not that fine.
    private const double RoundMsMin = 5;

    private const double WarmUpMsMax = 500;

    private readonly HardData _data = new();

    public void PrintAll()
    {
        Console.WriteLine($"N = {options.Rows}, D = {options.Dimension}, batch {options.Batch}, K = {options.K}, "
            + $"{options.Threads} thread, median of {options.Rounds}");
        Console.WriteLine("| data | codes ms | fp32 ms | codes ÷ fp32 | lists |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (string kind in options.Kind.Length == 0 ? HardData.Kinds : [options.Kind])
        {
            Print(kind);
        }
    }

    private void Print(string kind)
    {
        using CpuBackend codes = new(options.Threads, usesCodes: true);
        using CpuBackend plain = new(options.Threads, usesCodes: false);
        using ItemMatrix items = codes.CreateItems(options.Dimension, new MemoryBudget(long.MaxValue));
        items.EnsureCapacity(options.Rows);
        float[] vector = new float[options.Dimension];
        for (int row = 0; row < options.Rows; row++)
        {
            _data.Fill(kind, row, vector);
            items.Write(row, vector);
        }

        items.Publish(options.Rows);
        TopKRequest[] coded = Requests(kind);
        TopKRequest[] straight = [.. coded.Select(request => Request(request.Query))];
        WarmUp(() => Time(codes, items, coded, 1) + Time(plain, items, straight, 1));
        int repeats = Math.Max(1, (int)(RoundMsMin / Math.Max(0.001, Time(codes, items, coded, 1))));
        List<(double Codes, double Plain)> rounds = [];
        for (int round = 0; round < options.Rounds; round++)
        {
            rounds.Add((Time(codes, items, coded, repeats), Time(plain, items, straight, repeats)));
        }

        bool agree = coded.Zip(straight).All(pair =>
            pair.First.Results.AsSpan(0, pair.First.Count).SequenceEqual(
                pair.Second.Results.AsSpan(0, pair.Second.Count)));
        Console.WriteLine($"| {kind} | {Median(rounds.Select(r => r.Codes)):F3} | "
            + $"{Median(rounds.Select(r => r.Plain)):F3} | {Median(rounds.Select(r => r.Codes / r.Plain)):F2} | "
            + (agree ? "agree |" : "DIFFER |"));
    }

    /// <summary>Methods are compiled anew after some calls: what is measured must be what stays.</summary>
    private static void WarmUp(Func<double> both)
    {
        double totalMs = 0;
        for (int call = 0; call < 40 && totalMs < WarmUpMsMax; call++)
        {
            totalMs += both();
        }

        // Compilation happens in the background, a tenth of a second after the last new method ran.
        Thread.Sleep(150);
        both();
    }

    private double Time(CpuBackend backend, ItemMatrix items, TopKRequest[] batch, int repeats)
    {
        bool isWall = options.Threads != 1;
        double start = Clock.NowMs(isWall);
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            backend.TopK(items, batch);
        }

        return (Clock.NowMs(isWall) - start) / repeats;
    }

    private TopKRequest[] Requests(string kind) =>
        [.. Enumerable.Range(0, options.Batch).Select(_ => Request(_data.Query(kind, options.Dimension)))];

    private TopKRequest Request(float[] query) =>
        new() { Query = query, K = options.K, Results = new ScoredItem[options.K] };

    private double Median(IEnumerable<double> values) => values.Order().ElementAt(options.Rounds / 2);
}
