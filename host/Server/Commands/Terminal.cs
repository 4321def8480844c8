using Spectre.Console;

namespace Ebb.Server.Commands;

/// <summary>
/// Where a command reads and writes. Colours, bars and redrawing only where a person watches; a pipe or a test gets
/// plain text. Standard output carries results, standard error one-line errors and logs.
/// </summary>
public sealed class Terminal
{
    /// <summary>Columns of tables that go into a pipe or a file.</summary>
    private const int PipedColumns = 120;

    public Terminal(TextReader input, TextWriter output, TextWriter error, bool interactive = false)
    {
        In = input;
        Out = output;
        Error = error;
        Interactive = interactive;
        Console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = interactive ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = interactive ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = interactive ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!interactive)
        {
            Console.Profile.Width = PipedColumns;
        }
    }

    public TextReader In { get; }

    public TextWriter Out { get; }

    public TextWriter Error { get; }

    public IAnsiConsole Console { get; }

    /// <summary>A person watches standard output.</summary>
    public bool Interactive { get; }

    public static Terminal ForProcess() =>
        new(System.Console.In, System.Console.Out, System.Console.Error, !System.Console.IsOutputRedirected);

    /// <summary>Runs work that tells how far it is; draws a bar where a person watches, else nothing.</summary>
    public Task<T> ProgressAsync<T>(string title, long total, Func<IProgress<long>, Task<T>> work)
    {
        if (!Interactive || total <= 0)
        {
            return work(Silence.Instance);
        }

        return Console.Progress()
            .Columns(
                new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(),
                new ElapsedTimeColumn(), new SpinnerColumn())
            .StartAsync(context =>
            {
                ProgressTask bar = context.AddTask(Markup.Escape(title), maxValue: total);
                return work(new Bar(bar));
            });
    }

    private sealed class Silence : IProgress<long>
    {
        public static readonly Silence Instance = new();

        public void Report(long value)
        {
        }
    }

    private sealed class Bar(ProgressTask task) : IProgress<long>
    {
        public void Report(long value) => task.Value = value;
    }
}
