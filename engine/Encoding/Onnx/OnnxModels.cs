#if EBB_ONNXRUNTIME
using Microsoft.ML.OnnxRuntime;
#endif

namespace Ebb.Engine.Encoders.Onnx;

/// <summary>
/// ONNX Runtime as a model runtime, or the reason why this build has none. Any thread. The one place that says which.
/// </summary>
public sealed class OnnxModels : IModelRuntime
{
#if EBB_ONNXRUNTIME
#if EBB_ONNXRUNTIME_NPM
    private const string Origin = " (from npm)";
#else
    private const string Origin = "";
#endif

    private readonly string? _problem = FindProblem();

    public bool IsThere => _problem is null;

    public string Description => _problem is null
        ? $"ONNX Runtime {OrtEnv.Instance().GetVersionString()}{Origin}"
        : $"ONNX Runtime is in this build and does not start: {_problem}";

    public ISequenceModel Open(string path, ModelShape shape, ModelProvider provider) => _problem is null
        ? OnnxSequenceModel.Open(path, shape, provider)
        : throw new BundleException(Description);

    public IRowModel OpenRows(string path, RowModelShape shape, ModelProvider provider) => _problem is null
        ? OnnxRowModel.Open(path, shape, provider)
        : throw new BundleException(Description);

    /// <summary>The native library may be missing or of another platform.</summary>
    private static string? FindProblem()
    {
        try
        {
            OrtEnv.Instance().DisableTelemetryEvents();
            return null;
        }
        catch (Exception failure) when (failure is DllNotFoundException or TypeInitializationException
            or EntryPointNotFoundException or BadImageFormatException or OnnxRuntimeException)
        {
            // A loader tells every place that it looked in, a line each.
            return (failure.InnerException ?? failure).Message.Split('\n')[0].Trim();
        }
    }
#else
    public bool IsThere => false;

    public string Description =>
        "this build has no ONNX Runtime: neither Microsoft.ML.OnnxRuntime.Gpu nor Microsoft.ML.OnnxRuntime nor its npm"
        + " package was served when it was built (delete obj/probe to ask again)";

    public ISequenceModel Open(string path, ModelShape shape, ModelProvider provider) =>
        throw new BundleException(Description);

    public IRowModel OpenRows(string path, RowModelShape shape, ModelProvider provider) =>
        throw new BundleException(Description);
#endif
}
