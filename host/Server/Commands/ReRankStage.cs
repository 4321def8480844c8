using System.CommandLine;
using Ebb.Engine.Encoders;
using Ebb.Engine.Interest;
using Ebb.Evaluation;
using Ebb.Evaluation.Fit;
using Ebb.Evaluation.Replay;
using Ebb.Server.Hosting;
using Spectre.Console;

namespace Ebb.Server.Commands;

/// <summary>
/// Trains a re-ranker on the lists of the validation slice as a policy's blend makes them, and adds it to a bundle and
/// to its <c>learning/</c>: all of <c>ebb model rerank</c>, and the last stage of <c>ebb train</c> where that names a
/// policy.
/// </summary>
internal sealed class ReRankStage
{
    private const string Script = "reranking.py";
    private const int ProgressSteps = 1000;

    private readonly Option<string?> _policy = new("--policy")
    {
        Description = "The policy document whose blend makes the lists that a re-ranker learns from, as ebb fit --model"
            + " wrote it.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _memory = new("--memory-schema")
    {
        Description = "The memory schema that ebb fit wrote with it.",
        HelpName = "FILE",
    };

    private readonly Option<int> _questions = CommandOptions.Count(
        "--questions", "Questions of the validation slice that it learns from, at most.", (10, int.MaxValue), 4000);

    /// <param name="isRequired">Without a policy the command does nothing.</param>
    public ReRankStage(bool isRequired)
    {
        _policy.Required = isRequired;
        _memory.Required = isRequired;
    }

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_policy, _memory, _questions])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Null: no policy is named, there is nothing to do.</summary>
    /// <exception cref="CliException">Half of what it needs is named, or a document cannot be.</exception>
    public ServedModel? Read(ParseResult parsed)
    {
        (string? policy, string? schema) = (parsed.GetValue(_policy), parsed.GetValue(_memory));
        if (policy is null || schema is null)
        {
            return (policy ?? schema) is null
                ? null
                : throw new CliException(
                    "a re-ranker needs the blend and the memory that it is served with",
                    "name both with --policy and --memory-schema, as ebb fit wrote them");
        }

        MemorySchema memory = PolicyFiles.ReadMemorySchema(schema);
        return new ServedModel(
            memory.HalfLives[0], PolicyFiles.ReadPolicies(policy).Policies[0].Policy.Sources)
        {
            Memory = memory,
            HalfLives = memory.HalfLives,
        };
    }

    /// <param name="parsed">The command's.</param>
    /// <param name="training">Its data and its Python.</param>
    /// <param name="goal">The bundle that it is added to, the blend, and options of the script.</param>
    /// <param name="terminal">Where progress goes.</param>
    /// <param name="cancellation">Ends the script too.</param>
    public async Task RunAsync(
        ParseResult parsed, TrainingOptions training, (string Bundle, ServedModel Blend, string[] More) goal,
        Terminal terminal, CancellationToken cancellation)
    {
        string folder = Path.GetFullPath(goal.Bundle);
        EvaluationOptions data = training.Read(parsed);
        var options = new FitOptions(data with { ModelFolder = folder, VectorsPath = null, IdsPath = null })
        {
            Memory = goal.Blend.Memory!,
            QueryCountMax = parsed.GetValue(_questions),
        };
        using var scratch = new TemporaryFolder("ebb-rerank-");
        string table = Path.Combine(scratch.Path, "lists.npy");
        int lists = await terminal.ProgressAsync("lists", ProgressSteps, progress => ReRankTable.WriteAsync(
            options, goal.Blend, table, step => progress.Report((long)(step.Share * ProgressSteps)), cancellation));
        terminal.Console.WriteLine($"{training.NameIn(parsed)}: {lists:N0} lists to learn from.");
        await training.Script(parsed, terminal, Script).RunAsync(
            [
                table, "--bundle", folder, "--bundle", Path.Combine(folder, "learning"),
                "--features", string.Join(',', ReRankFeatures.Names), .. goal.More,
            ],
            cancellation);
    }
}
