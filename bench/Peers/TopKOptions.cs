using System.Globalization;

namespace Ebb.Bench.Peers;

/// <summary>What one run of `topk` was asked for.</summary>
internal sealed record TopKOptions
{
    public string VectorsPath { get; init; } = "";

    public string QueriesPath { get; init; } = "";

    public int K { get; init; } = 10;

    /// <summary>Queries a call.</summary>
    public int Batch { get; init; } = 64;

    public int Threads { get; init; } = 1;

    /// <summary>Timed rounds over all queries; the median is reported.</summary>
    public int Rounds { get; init; } = 5;

    /// <summary>Share of the rows, spread evenly, that a filter lets through.</summary>
    public double Allowed { get; init; } = 1;

    /// <summary>Where the lists go: queries × K row numbers, −1 past the end of a list.</summary>
    public string OutPath { get; init; } = "";

    public bool IsJson { get; init; }

    /// <summary>The fp32 scan alone, for comparison.</summary>
    public bool IsPlain { get; init; }

    /// <summary>Caches are flushed before each timed call; the machine's read bandwidth is measured in turn.</summary>
    public bool IsFlushed { get; init; }

    /// <summary>A least score that no row reaches: what is left is the scan.</summary>
    public bool IsScanAlone { get; init; }

    /// <summary>Times on the wall even for one thread.</summary>
    public bool IsWall { get; init; }

    /// <summary>Waits for a line on standard input before each round: a script alternates with peers.</summary>
    public bool IsStepped { get; init; }

    /// <exception cref="ArgumentException">An option that is unknown or lacks its value.</exception>
    public static TopKOptions Parse(ReadOnlySpan<string> arguments)
    {
        TopKOptions options = new();
        for (int at = 0; at < arguments.Length; at++)
        {
            string name = arguments[at];
            if (name is "--json" or "--plain" or "--flush" or "--step" or "--wall" or "--scan-alone")
            {
                options = options.With(name);
                continue;
            }

            if (at + 1 == arguments.Length)
            {
                throw new ArgumentException($"{name} wants a value");
            }

            options = options.With(name, arguments[++at]);
        }

        return options.VectorsPath.Length != 0 && options.QueriesPath.Length != 0
            ? options
            : throw new ArgumentException("--vectors and --queries are wanted");
    }

    private TopKOptions With(string name) => name switch
    {
        "--json" => this with { IsJson = true },
        "--plain" => this with { IsPlain = true },
        "--wall" => this with { IsWall = true },
        "--scan-alone" => this with { IsScanAlone = true },
        "--step" => this with { IsStepped = true },
        _ => this with { IsFlushed = true },
    };

    private TopKOptions With(string name, string value) => name switch
    {
        "--vectors" => this with { VectorsPath = value },
        "--queries" => this with { QueriesPath = value },
        "--out" => this with { OutPath = value },
        "--k" => this with { K = Number(value) },
        "--batch" => this with { Batch = Number(value) },
        "--threads" => this with { Threads = Number(value) },
        "--rounds" => this with { Rounds = Number(value) },
        "--allowed" => this with { Allowed = double.Parse(value, CultureInfo.InvariantCulture) },
        _ => throw new ArgumentException($"unknown option {name}"),
    };

    private static int Number(string value) => int.Parse(value, CultureInfo.InvariantCulture);
}
