using Ebb.Engine.Sources;
using Microsoft.Extensions.Logging;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Encoders;

/// <summary>The population's drift alarm says that a model that is served has to go on learning.</summary>
public sealed class DriftSignalTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Population_Drifts_TheLogNamesTheModelThatIsServed(bool hasModel)
    {
        using var bundle = new BundleFolder();
        using var log = new Lines();
        await using InterestEngine engine = await InterestEngine.OpenAsync(Options() with
        {
            LoggerFactory = log,
            Policy = ExactPolicy with { Sources = new SourcePolicy { Vector = 1, Encoder = 0.8 } },
        });
        if (hasModel)
        {
            await engine.PutItemsAsync(bundle.ItemsOfTheModel());
            await engine.ChangeModelAsync(bundle.LoadAnyhow());
        }

        Feed(engine, 0.1, 200);
        Assert.False(engine.GetStats().DriftAlarmActive);
        Feed(engine, 0.5, 8);
        Assert.True(engine.GetStats().DriftAlarmActive);
        Assert.Single(
            log.Written, line => line.StartsWith("The population's interests drift", StringComparison.Ordinal));
        Assert.Equal(hasModel ? 1 : 0, log.Written.Count(line =>
            line.StartsWith("The model 'sum' has learned from what was before the drift", StringComparison.Ordinal)));
    }

    /// <summary>Means of blocks of δ, as partitions hand them over.</summary>
    private static void Feed(InterestEngine engine, double level, int blockCount)
    {
        var random = new Random(42);
        for (int block = 0; block < blockCount; block++)
        {
            engine.Core.DriftMonitor.Add(level + (0.01 * (random.NextDouble() - 0.5)));
        }
    }

    private sealed class Lines : ILoggerFactory, ILogger
    {
        private readonly Lock _gate = new();
        private readonly List<string> _lines = [];

        public string[] Written
        {
            get
            {
                lock (_gate)
                {
                    return [.. _lines];
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
            lock (_gate)
            {
                _lines.Add(formatter(state, exception));
            }
        }

        public void Dispose()
        {
        }
    }
}
