using System.CommandLine;
using System.Globalization;
using Ebb.Engine.Encoders;
using Ebb.Server.Hosting;

namespace Ebb.Server.Commands;

/// <summary><c>ebb model check DIR</c> says whether a server would take a model bundle, and what is in it.</summary>
internal static class ModelCommand
{
    public static Command Build(Terminal terminal) => new("model", "Check model bundles, add to them.")
    {
        BuildCheck(terminal), ModelRerankCommand.Build(terminal),
    };

    private static Command BuildCheck(Terminal terminal)
    {
        var folder = new Argument<string>("DIR") { Description = "The bundle." };
        var provider = new Option<string>("--model-provider")
        {
            Description = "Where the model is computed.",
            DefaultValueFactory = _ => "cpu",
        }.AcceptOnlyFromAmong(ModelChoice.Providers);
        var command = new Command("check", "Say whether a server would take this bundle.") { folder, provider };
        command.SetAction(async (parsed, _) =>
        {
            using var encoder = ModelChoice.Load(parsed.GetValue(folder)!, parsed.GetValue(provider)!);
            BundleManifest manifest = encoder.Bundle.Manifest;
            await terminal.Out.WriteLineAsync(encoder.Describe());
            foreach ((string name, double value) in manifest.Metrics)
            {
                string line = string.Create(CultureInfo.InvariantCulture, $"{name} {value:0.####}");
                await terminal.Out.WriteLineAsync(line);
            }

            await terminal.Out.WriteLineAsync(
                $"opset {manifest.Opset}, {manifest.Checksums.Count} files whole, the reference batch as expected;"
                + $" {ModelChoice.Runtime.Description}");
            return ExitCodes.Ok;
        });
        return command;
    }
}
