using System.CommandLine;
using Ebb.Engine.Interest;
using Ebb.Evaluation;
using Ebb.Server.Hosting;
using Spectre.Console;

namespace Ebb.Server.Commands;

/// <summary>
/// What all commands have in common that train: the data, a Python with PyTorch, options for the script; and the check
/// of the bundle that came out.
/// </summary>
internal sealed class TrainingOptions
{
    private readonly DatasetOptions _dataset = new(MemorySchema.Never);

    private readonly Option<string> _python = new("--python")
    {
        Description = "A Python that has PyTorch.",
        HelpName = "PROGRAM",
        DefaultValueFactory = _ => "python3",
    };

    private readonly Argument<string[]> _rest = new("SCRIPT-OPTIONS")
    {
        Description = "After --: options of the script, as --epochs 20 --rate 0.002 (its --help).",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_python);
        command.Arguments.Add(_rest);
        _dataset.AddTo(command);
    }

    public string NameIn(ParseResult parsed) => _dataset.NameIn(parsed);

    public EvaluationOptions Read(ParseResult parsed) => _dataset.Read(parsed);

    public string[] RestIn(ParseResult parsed) => parsed.GetValue(_rest) ?? [];

    public TrainingScript Script(ParseResult parsed, Terminal terminal, string name) =>
        new(parsed.GetValue(_python)!, terminal, name);

    /// <exception cref="Engine.Encoders.BundleException">What the scripts wrote is not to be served.</exception>
    public static void Check(string folder, Terminal terminal)
    {
        using var encoder = ModelChoice.Load(folder, "cpu");
        terminal.Console.WriteLine("Written and checked: " + encoder.Describe());
    }
}
