using System.Text.Json;

namespace Ebb.Bench.Peers;

/// <summary>Ebb's side of the comparison with other top-K engines; run.sh has theirs.</summary>
internal static class Program
{
    private const string Usage =
        "topk --vectors items.npy --queries q.npy [--k 10] [--batch 64] [--threads 1] [--rounds 5]"
        + " [--allowed 0.1] [--out lists.npy] [--json] [--plain] [--flush] [--step] [--wall] [--scan-alone]\n"
        + "peak\n"
        + "hard [--rows 30000] [--dimension 64] [--batch 1] [--k 10] [--threads 1] [--rounds 5] [--kind ties]";

    public static int Main(string[] arguments)
    {
        try
        {
            switch (arguments)
            {
                case ["topk", .. string[] rest]:
                    TopK(TopKOptions.Parse(rest));
                    return 0;
                case ["peak"]:
                    Console.WriteLine(
                        $"int8 {Int8Peak.MeasureGops():F0} GOP/s, DRAM read {DramRead.MeasureGBps():F1} GB/s");
                    return 0;
                case ["hard", .. string[] rest]:
                    new HardRun(HardOptions.Parse(rest)).PrintAll();
                    return 0;
                default:
                    Console.Error.WriteLine(Usage);
                    return 2;
            }
        }
        catch (Exception error) when (error is ArgumentException or FormatException or IOException)
        {
            Console.Error.WriteLine($"{error.Message}\n{Usage}");
            return 2;
        }
    }

    private static void TopK(TopKOptions options)
    {
        using TopKRun run = new(options);
        run.WarmUp();
        if (options.IsStepped)
        {
            // The script's turn: a line in is one round, a line out its milliseconds a batch.
            Console.WriteLine("ready");
            while (Console.ReadLine() is not null)
            {
                run.Round(isTimed: true);
                Console.WriteLine(run.DramMs.Count == 0 ? $"{run.BatchMs[^1]}" : $"{run.BatchMs[^1]} {run.DramMs[^1]}");
            }
        }
        else
        {
            for (int round = 0; round < options.Rounds; round++)
            {
                run.Round(isTimed: true);
            }

            Print(options, run);
        }

        if (options.OutPath.Length != 0)
        {
            run.WriteLists(options.OutPath);
        }
    }

    private static void Print(TopKOptions options, TopKRun run)
    {
        double batchMs = Median(run.BatchMs);
        double? dramMs = run.DramMs.Count == 0 ? null : Median(run.DramMs);
        double perSecond = 1000.0 * Math.Min(options.Batch, run.QueryCount) / batchMs;
        if (options.IsJson)
        {
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                engine = options.IsPlain ? "ebb-fp32" : "ebb",
                batch_ms = batchMs,
                queries_per_s = perSecond,
                dram_read_ms = dramMs,
                load_ms = run.LoadMs,
                rounds_ms = run.BatchMs,
            }));
        }
        else
        {
            Console.WriteLine($"{batchMs:F2} ms a batch, {perSecond:N0} queries/s, load {run.LoadMs:N0} ms"
                + (dramMs is null ? "" : $", DRAM read of the codes' bytes {dramMs:F2} ms"));
        }
    }

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1
            ? sorted[sorted.Length / 2]
            : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
