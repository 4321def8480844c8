namespace Ebb.Bench.Gpu;

/// <summary>What to run. Sizes of the table unless said otherwise on the command line.</summary>
internal sealed record GpuOptions
{
    /// <summary>ILGPU's CPU accelerator in place of a card: the bench runs, its figures mean nothing.</summary>
    public bool IsEmulated { get; init; }

    public int Rows { get; init; } = 10_000_000;

    public int Dimension { get; init; } = 128;

    public int[] Batches { get; init; } = [1, 64, 256];

    public int K { get; init; } = 100;

    public int Users { get; init; } = 1_000_000;

    public int Rounds { get; init; } = 20;

    public long BandwidthBytes => IsEmulated ? 1 << 16 : 4L << 30;

    public int TileLoops => IsEmulated ? 2 : 1 << 14;

    /// <exception cref="FormatException">A name or a number is wrong.</exception>
    public static GpuOptions Parse(string[] arguments)
    {
        GpuOptions options = new();
        for (int at = 0; at < arguments.Length; at++)
        {
            string value = at + 1 < arguments.Length ? arguments[at + 1] : "";
            switch (arguments[at])
            {
                case "--emulated":
                    options = options with { IsEmulated = true };
                    continue;
                case "--rows":
                    options = options with { Rows = int.Parse(value) };
                    break;
                case "--dimension":
                    options = options with { Dimension = int.Parse(value) };
                    break;
                case "--batches":
                    options = options with { Batches = [.. value.Split(',').Select(int.Parse)] };
                    break;
                case "--k":
                    options = options with { K = int.Parse(value) };
                    break;
                case "--users":
                    options = options with { Users = int.Parse(value) };
                    break;
                case "--rounds":
                    options = options with { Rounds = int.Parse(value) };
                    break;
                default:
                    throw new FormatException($"unknown: {arguments[at]}");
            }

            at++;
        }

        return options;
    }
}
