using System.CommandLine;
using System.Globalization;
using Ebb.Engine.Interest;
using Ebb.Engine.Policy;

namespace Ebb.Server.Commands;

/// <summary>
/// <c>ebb policy check FILE</c> says whether a server would take a policy, and how its curves fit the bank;
/// <c>ebb policy schema</c> prints the JSON schemas.
/// </summary>
internal static class PolicyCommand
{
    public static Command Build(Terminal terminal) =>
        new("policy", "Check serving policies and print the schemas of the documents.")
        {
            BuildCheck(terminal),
            BuildSchema(terminal),
        };

    private static Command BuildCheck(Terminal terminal)
    {
        var file = new Argument<string>("FILE") { Description = "The policy, as JSON." };
        var memory = new Option<string?>("--memory-schema")
        {
            Description = "The memory schema that it will meet, as JSON; without it the default one (30 d).",
        };
        Option<int> dimension = CommandOptions.Count(
            "--dimension", "Item vector dimension, for a policy with attention weights.", (0, 1024), 0);
        var command = new Command("check", "Say whether a server would take this policy.") { file, memory, dimension };
        command.SetAction(async (parsed, _) =>
        {
            string path = parsed.GetValue(file)!;
            PolicySet set = PolicyFiles.ReadPolicies(path);
            MemorySchema schema = parsed.GetValue(memory) is { } schemaPath
                ? PolicyFiles.ReadMemorySchema(schemaPath)
                : new MemorySchema();
            IReadOnlyList<PolicyCheck> checks = Check(path, set, schema, parsed.GetValue(dimension));
            foreach (string line in checks.Select(Line))
            {
                await terminal.Out.WriteLineAsync(line);
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    private static Command BuildSchema(Terminal terminal)
    {
        var memory = new Option<bool>("--memory") { Description = "That of the memory schema instead." };
        var command = new Command("schema", "Print the JSON schema of a policy.") { memory };
        command.SetAction(async (parsed, _) =>
        {
            await terminal.Out.WriteAsync(
                parsed.GetValue(memory) ? PublishedSchemas.Memory : PublishedSchemas.Policy);
            return ExitCodes.Ok;
        });
        return command;
    }

    private static IReadOnlyList<PolicyCheck> Check(string path, PolicySet set, MemorySchema schema, int dimension)
    {
        int rates = schema.DimensionRates.Count;
        if (dimension != 0 && rates != 0 && rates != dimension)
        {
            throw new CliException(
                $"the memory schema: $.dimension_rates: one rate a dimension is wanted, {dimension}, not {rates}",
                "see ebb policy schema --memory");
        }

        try
        {
            return PolicyCheck.Run(set, schema, dimension);
        }
        catch (DocumentException problem)
        {
            throw new CliException($"{path}: {problem.Message}", "see ebb policy schema");
        }
    }

    private static string Line(PolicyCheck check)
    {
        string users = string.Create(CultureInfo.InvariantCulture, $"{check.Name}: {check.UserShare:P1} of the users");
        if (check.Fit is not { } fit)
        {
            return users + ", no curve";
        }

        string age = fit.WorstAgeMs < TimeSpan.MaxValue.TotalMilliseconds / 2
            ? DurationText.Format(DurationText.Round(TimeSpan.FromMilliseconds(Math.Max(1, fit.WorstAgeMs))))
            : "any age";
        string coefficients = string.Join(
            ", ", fit.Coefficients.Select(c => c.ToString("G4", CultureInfo.InvariantCulture)));
        return users + string.Create(
            CultureInfo.InvariantCulture,
            $", curve off by {fit.WorstError:G3} at most, at {age}; coefficients {coefficients}");
    }
}
