using System.CommandLine;
using Ebb.Engine.Interest;
using Ebb.Evaluation;
using Ebb.Evaluation.Datasets;
using Ebb.Evaluation.Replay;
using Ebb.Server.Hosting;

namespace Ebb.Server.Commands;

/// <summary>The options of commands that evaluate on a data set: which, with which vectors, asked how.</summary>
internal sealed class DatasetOptions(TimeSpan learnStep)
{
    private readonly Option<string> _dataset = new Option<string>("--dataset")
    {
        Description = "The data's format.",
        Required = true,
    }.AcceptOnlyFromAmong([.. DatasetNames.All]);

    private readonly Option<string> _data = new("--data")
    {
        Description = "A file, or a folder with the data set's usual file names.",
        HelpName = "PATH",
        Required = true,
    };

    private readonly Option<string> _vectors = new("--vectors")
    {
        Description = "Item vectors, .npy or .npy.gz. Default: the one .npy beside the data.",
        HelpName = "FILE",
    };

    private readonly Option<string> _ids = new("--ids")
    {
        Description = "Item ids, a line a vector. Default: items_ids.txt beside the vectors.",
        HelpName = "FILE",
    };

    private readonly Option<SplitRule> _split = new("--split")
    {
        Description = "Which acts are queries: protocol (the data set's own), last:N, or from:TIME.",
        HelpName = "RULE",
        DefaultValueFactory = _ => SplitRule.Protocol,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (!SplitRule.TryParse(text, out SplitRule rule))
            {
                result.AddError($"--split: '{text}' is no split; write protocol, last:N or from:TIME.");
            }

            return rule;
        },
    };

    private readonly Option<int> _history = CommandOptions.Count(
        "--history", "Events before a query that count; 0: all.", (0, int.MaxValue), 300);

    private readonly Option<bool?> _excludeHistory = new("--exclude-history")
    {
        Description = "Leave out the items of the history. Default: as the data set's protocol says.",
    };

    private readonly Option<HumanDuration> _learn = new("--learn")
    {
        Description = "The sources go on learning from queries that are past, in steps of this; never: they do not.",
        HelpName = "DURATION",
        DefaultValueFactory = _ => new HumanDuration(learnStep),
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (!HumanDuration.TryParse(text, out TimeSpan step))
            {
                result.AddError($"--learn: '{text}' is no duration; {HumanDuration.Form}.");
            }

            return new HumanDuration(step);
        },
    };

    private readonly Option<string> _model = new("--model")
    {
        Description = "A model bundle: its encoder may be weighed, and its item vectors are those of the items.",
        HelpName = "DIR",
    };

    private readonly Option<string> _backend = new Option<string>("--backend")
    {
        Description = "Where scores are computed.",
        DefaultValueFactory = _ => "auto",
    }.AcceptOnlyFromAmong(BackendChoice.Names);

    public string NameIn(ParseResult parsed) => parsed.GetValue(_dataset)!;

    public void AddTo(Command command)
    {
        Option[] options =
            [_dataset, _data, _vectors, _ids, _split, _history, _excludeHistory, _learn, _model, _backend];
        foreach (Option option in options)
        {
            command.Options.Add(option);
        }
    }

    public EvaluationOptions Read(ParseResult parsed)
    {
        _ = DatasetNames.TryParse(parsed.GetValue(_dataset), out DatasetKind kind);
        return new EvaluationOptions
        {
            Dataset = kind,
            DataPath = parsed.GetValue(_data)!,
            VectorsPath = parsed.GetValue(_vectors),
            IdsPath = parsed.GetValue(_ids),
            Split = parsed.GetValue(_split),
            HistoryEventMax = parsed.GetValue(_history),
            ExcludeHistory = parsed.GetValue(_excludeHistory),
            LearnStep = parsed.GetValue(_learn).Value is var step && step == MemorySchema.Never ? null : step,
            ModelFolder = parsed.GetValue(_model),
            OpenModel = folder => ModelChoice.Load(folder, "cpu"),
            Backend = BackendChoice.Resolve(parsed.GetValue(_backend)!),
        };
    }
}
