using Ebb.Engine.Encoders;
using Ebb.Engine.Encoders.Onnx;
using Microsoft.Extensions.Logging;

namespace Ebb.Server.Hosting;

/// <summary>Turns <c>--model DIR</c> and <c>--model-provider cpu|cuda</c> into an encoder that is warm.</summary>
public static partial class ModelChoice
{
    public static readonly string[] Providers = ["cpu", "cuda"];

    public static OnnxModels Runtime { get; } = new();

    /// <param name="folder">Of the bundle.</param>
    /// <param name="provider">One of <see cref="Providers"/>.</param>
    /// <param name="log">Told what serves, and where.</param>
    /// <exception cref="BundleException">One line: why it is not to be served.</exception>
    public static SequenceEncoder Load(string folder, string provider, ILogger? log = null)
    {
        var encoder = SequenceEncoder.Load(
            folder, Runtime, provider == "cuda" ? ModelProvider.Cuda : ModelProvider.Cpu);
        if (log is not null)
        {
            Loaded(log, encoder.Describe(), Runtime.Description);
        }

        return encoder;
    }

    [LoggerMessage(1110, LogLevel.Information, "Sequence encoder {Model}, {Runtime}")]
    private static partial void Loaded(ILogger logger, string model, string runtime);
}
