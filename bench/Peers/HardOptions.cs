using System.Globalization;

namespace Ebb.Bench.Peers;

/// <summary>What one run of `hard` was asked for.</summary>
internal sealed record HardOptions
{
    /// <summary>One kind of data alone; empty: all.</summary>
    public string Kind { get; init; } = "";

    public int Rows { get; init; } = 30_000;

    public int Dimension { get; init; } = 64;

    /// <summary>Queries a call.</summary>
    public int Batch { get; init; } = 1;

    public int K { get; init; } = 10;

    public int Threads { get; init; } = 1;

    /// <summary>Timed rounds; the median of their ratios is reported.</summary>
    public int Rounds { get; init; } = 5;

    /// <exception cref="ArgumentException">An option that is unknown or lacks its value.</exception>
    public static HardOptions Parse(ReadOnlySpan<string> arguments)
    {
        HardOptions options = new();
        for (int at = 0; at + 1 < arguments.Length; at += 2)
        {
            if (arguments[at] == "--kind")
            {
                options = options with { Kind = arguments[at + 1] };
                continue;
            }

            int value = int.Parse(arguments[at + 1], CultureInfo.InvariantCulture);
            options = arguments[at] switch
            {
                "--rows" => options with { Rows = value },
                "--dimension" => options with { Dimension = value },
                "--batch" => options with { Batch = value },
                "--k" => options with { K = value },
                "--threads" => options with { Threads = value },
                "--rounds" => options with { Rounds = value },
                _ => throw new ArgumentException($"unknown option {arguments[at]}"),
            };
        }

        return arguments.Length % 2 == 0 ? options : throw new ArgumentException($"{arguments[^1]} wants a value");
    }
}
