using System.Text;
using Microsoft.Extensions.Logging;

namespace Ebb.Host.Tests.Security;

/// <summary>Keeps every line of every level, to look for what must not be in one.</summary>
internal sealed class CollectingLoggerFactory : ILoggerFactory, ILogger
{
    private readonly StringBuilder _text = new();

    public string Text
    {
        get
        {
            lock (_text)
            {
                return _text.ToString();
            }
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        lock (_text)
        {
            _text.AppendLine(formatter(state, exception)).AppendLine(exception?.ToString());
        }
    }

    public void Dispose()
    {
    }
}
