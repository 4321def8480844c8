using System.Diagnostics;
using System.Globalization;
using Ebb.Engine.Encoders;
using Ebb.Engine.Encoders.Onnx;

namespace Ebb.Bench.Micro;

/// <summary>
/// Exports of one encoder beside each other: the bare session of each bundle at 1, 16 and 64 users of twenty events, in
/// turn, and the processor time that a run takes (the run's thread is the only one at work).
/// <c>dotnet run -c Release --project bench/Micro -- encodersizes BUNDLE BUNDLE …</c>
/// </summary>
internal static class EncoderSizes
{
    private const int EventCount = 20;
    private const int RoundCount = 24;
    private const int WarmRoundCount = 4;
    private const int RowsPerRound = 512;

    public static void Run(string[] folders)
    {
        var runtime = new OnnxModels();
        ModelBundle[] bundles = [.. folders.Select(ModelBundle.Read)];
        ISequenceModel[] models =
            [.. bundles.Select(bundle => runtime.Open(bundle.EncoderPath, bundle.Manifest.Shape, ModelProvider.Cpu))];
        foreach (int rowCount in (int[])[1, 16, 64])
        {
            (double WallUs, double CpuUs)[] costs = Measure(models, rowCount);
            for (int at = 0; at < models.Length; at++)
            {
                long bytes = new FileInfo(bundles[at].EncoderPath).Length;
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{folders[at],-30} {bytes,9} bytes, batch {rowCount,2}: p50 {costs[at].WallUs,8:F1} µs a run"
                    + $" ({costs[at].WallUs / costs[0].WallUs:F2} of the first), processor {costs[at].CpuUs,8:F1} µs"
                    + $" ({costs[at].CpuUs / costs[0].CpuUs:F2})"));
            }
        }

        Array.ForEach(models, model => model.Dispose());
    }

    /// <summary>Of each model: the median time of a run, and the median of the rounds' processor time a run.</summary>
    private static (double WallUs, double CpuUs)[] Measure(ISequenceModel[] models, int rowCount)
    {
        List<double>[] walls = [.. models.Select(_ => new List<double>())];
        List<double>[] processors = [.. models.Select(_ => new List<double>())];
        for (int round = 0; round < RoundCount; round++)
        {
            for (int at = 0; at < models.Length; at++)
            {
                int runCount = RowsPerRound / rowCount;
                TimeSpan before = Environment.CpuUsage.TotalTime;
                for (int run = 0; run < runCount; run++)
                {
                    long start = Stopwatch.GetTimestamp();
                    Run(models[at], rowCount);
                    if (round >= WarmRoundCount)
                    {
                        walls[at].Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
                    }
                }

                if (round >= WarmRoundCount)
                {
                    processors[at].Add((Environment.CpuUsage.TotalTime - before).TotalMicroseconds / runCount);
                }
            }
        }

        return [.. walls.Zip(processors, (wall, processor) => (Median(wall), Median(processor)))];
    }

    private static void Run(ISequenceModel model, int rowCount)
    {
        model.Batch.Begin(rowCount, EventCount);
        for (int row = 0; row < rowCount; row++)
        {
            model.Batch.Lengths[row] = EventCount;
            for (int place = 0; place < EventCount; place++)
            {
                model.Batch.ItemIds[(row * model.Batch.Length) + place] = 1 + (row * 31) + place;
            }
        }

        model.Run();
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
