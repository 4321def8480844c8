using System.CommandLine;
using System.Globalization;
using Ebb.Engine.Graph.Live;

namespace Ebb.Server.Commands;

/// <summary>The options of <c>ebb serve</c> that say how vectors flow over the graph.</summary>
internal sealed class GraphServeOptions
{
    private static readonly LiveGraphOptions Defaults = new();

    private readonly Option<string[]> _weights = new("--graph-weight")
    {
        Description = "How much a relation of the graph brings, such as brand=0.5; again for each. Default: brand, "
            + "content, title and together 1; merchant, category and tag 0.5.",
        HelpName = "RELATION=W",
    };

    private readonly Option<bool> _attributes = new("--graph-attributes")
    {
        Description = "Category, brand, merchant and tags of items are edges of the graph by themselves.",
    };

    private readonly Option<bool> _all = new("--graph-all")
    {
        Description = "Enrich items that have a vector too; else only those without one.",
    };

    private readonly Option<int> _layers = CommandOptions.Count(
        "--graph-layers", "Steps that vectors flow.", (1, Ebb.Engine.Graph.GraphOptions.LayerCountMax),
        Defaults.Flow.LayerCount);

    private readonly Option<double> _epsilon = new("--graph-epsilon")
    {
        Description = "How much more than its neighbours a node keeps of itself.",
        DefaultValueFactory = _ => Defaults.Flow.Epsilon,
    };

    private readonly Option<double> _shrink = new("--graph-shrink")
    {
        Description = "A vector from neighbours is shortened by their agreement to this power; 0: not at all.",
        DefaultValueFactory = _ => Defaults.Flow.Shrink,
    };

    private readonly Option<double> _centre = new("--graph-centre")
    {
        Description = "0 to 1: how much of what all items share is taken out of a vector from neighbours.",
        DefaultValueFactory = _ => Defaults.Flow.Centre,
    };

    private readonly Option<double> _length = new("--graph-length")
    {
        Description = "What the length of an item's vector from neighbours is multiplied with.",
        DefaultValueFactory = _ => Defaults.Flow.Length,
    };

    private readonly Option<HumanDuration?> _learn = new("--graph-learn")
    {
        Description = "How often edges are learned from what is done together; never when left out.",
        HelpName = "DURATION",
        CustomParser = result =>
        {
            if (!HumanDuration.TryParse(result.Tokens[0].Value, out TimeSpan duration)
                || duration < TimeSpan.FromSeconds(1) || duration > TimeSpan.FromDays(49))
            {
                result.AddError(
                    $"--graph-learn: '{result.Tokens[0].Value}' is no duration of 1s to 49d; {HumanDuration.Form}.");
            }

            return new HumanDuration(duration);
        },
    };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[]
        {
            _weights, _attributes, _all, _layers, _epsilon, _shrink, _centre, _length, _learn,
        })
        {
            command.Add(option);
        }
    }

    /// <exception cref="CliException">What is given cannot be.</exception>
    public LiveGraphOptions Read(ParseResult parsed)
    {
        string[] weights = parsed.GetValue(_weights) ?? [];
        var options = new LiveGraphOptions
        {
            Flow = Defaults.Flow with
            {
                LayerCount = parsed.GetValue(_layers),
                Epsilon = parsed.GetValue(_epsilon),
                Shrink = parsed.GetValue(_shrink),
                Centre = parsed.GetValue(_centre),
                Length = parsed.GetValue(_length),
                KeepOwn = !parsed.GetValue(_all),
                Weights = weights.Length == 0
                    ? Defaults.Flow.Weights
                    : weights.Select(ReadWeight).GroupBy(weight => weight.Key)
                        .ToDictionary(same => same.Key, same => same.Last().Value),
            },
            Attributes = parsed.GetValue(_attributes),
            LearnEvery = parsed.GetValue(_learn)?.Value ?? TimeSpan.Zero,
        };
        return options.Problem() is { } problem
            ? throw new CliException(problem, "see 'ebb serve --help'")
            : options;
    }

    private static KeyValuePair<string, double> ReadWeight(string text)
    {
        int equals = text.LastIndexOf('=');
        return equals > 0 && double.TryParse(
            text[(equals + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out double weight)
            ? KeyValuePair.Create(text[..equals], weight)
            : throw new CliException($"--graph-weight '{text}' is none", "write it like brand=0.5");
    }
}
