namespace Ebb.Bench.Gpu;

/// <summary>A run: the card, what it can do, and the rows.</summary>
internal sealed record GpuReport(
    string Device, bool IsEmulated, double BandwidthGBps, double TileTops, IReadOnlyList<GpuLine> Lines)
{
    public void WriteTable(TextWriter output)
    {
        if (IsEmulated)
        {
            output.WriteLine("EMULATED on ILGPU's CPU accelerator: no figure below says anything about a GPU.");
        }

        output.WriteLine(
            $"{Device}: reads {BandwidthGBps:F1} GB/s, tensor cores {TileTops:F2} int8 TOP/s (measured).");
        output.WriteLine();
        output.WriteLine(
            "| work | copy in ms | kernels ms | copy out ms | limit ms | limit ÷ kernels | left to the CPU |");
        output.WriteLine("|---|---|---|---|---|---|---|");
        foreach (GpuLine line in Lines)
        {
            output.WriteLine($"| {line.Work} | {line.CopyInMs:F3} | {line.KernelMs:F3} | {line.CopyOutMs:F3}"
                + $" | {line.LimitMs:F3} | {line.ShareOfLimit:F2} | {line.Left} |");
        }
    }
}
