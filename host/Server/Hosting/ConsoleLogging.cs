using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Ebb.Server.Hosting;

/// <summary>Logs on standard error, a line an entry, so that standard output keeps to results.</summary>
public static class ConsoleLogging
{
    public static ILoggerFactory Create(LogLevel minimum) => LoggerFactory.Create(builder => builder
        .SetMinimumLevel(minimum)
        .AddConsole(options => options.LogToStandardErrorThreshold = LogLevel.Trace)
        .AddSimpleConsole(format =>
        {
            format.SingleLine = true;
            format.UseUtcTimestamp = true;
            format.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            format.ColorBehavior = LoggerColorBehavior.Disabled;
        }));
}
