using System.CommandLine;
using System.Globalization;
using Ebb.Evaluation.Relations;
using Spectre.Console;

namespace Ebb.Server.Commands;

/// <summary>
/// <c>ebb edges titles</c>: relations of items whose titles share rare words, file to file. The work is
/// <see cref="TitleRelations"/>'.
/// </summary>
internal sealed class EdgeTitlesCommand
{
    private readonly Argument<string> _texts = new("file") { Description = "CSV with the header item,text." };

    private readonly Option<string> _out = new("--out")
    {
        Description = "The relations, for 'ebb edges put' and 'ebb graph'.",
        HelpName = "FILE",
        Required = true,
    };

    private readonly Option<string> _relation = new("--relation")
    {
        Description = "The relation's name.",
        DefaultValueFactory = _ => "title",
    };

    private EdgeTitlesCommand()
    {
    }

    public static Command Build(Terminal terminal)
    {
        var titles = new EdgeTitlesCommand();
        var command = new Command("titles", "Link each item to the eight whose titles share its rare words best.")
        {
            titles._texts, titles._out, titles._relation,
        };
        command.SetAction((parsed, _) => Task.FromResult(titles.Run(parsed, terminal)));
        return command;
    }

    private int Run(ParseResult parsed, Terminal terminal)
    {
        string relation = parsed.GetValue(_relation)!;
        if (relation.Length == 0)
        {
            throw new CliException("a relation needs a name", "leave --relation out, or name it");
        }

        string path = parsed.GetValue(_out)!;
        TitleRelationsReport report = TitleRelations.Write(parsed.GetValue(_texts)!, path, relation);
        terminal.Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.ItemCount:N0} items: {report.LinkCount:N0} links between {report.LinkedCount:N0} of them in"
            + $" {path}."));
        if (report.BadLineCount > 0)
        {
            terminal.Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"Lines that are no item and text, or an item again:"
                + $" {report.BadLineCount:N0}."));
        }

        return ExitCodes.Ok;
    }
}
