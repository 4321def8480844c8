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
    private readonly string? _problem = FindProblem();

    public bool IsThere => _problem is null;

    public string Description => _problem is null
        ? $"ONNX Runtime {OrtEnv.Instance().GetVersionString()}"
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
            return (failure.InnerException ?? failure).Message;
        }
    }
#else
    public bool IsThere => false;

    public string Description =>
        "this build has no ONNX Runtime: neither Microsoft.ML.OnnxRuntime.Gpu nor Microsoft.ML.OnnxRuntime was served"
        + " when it was built (delete obj/probe to ask again)";

    public ISequenceModel Open(string path, ModelShape shape, ModelProvider provider) =>
        throw new BundleException(Description);

    public IRowModel OpenRows(string path, RowModelShape shape, ModelProvider provider) =>
        throw new BundleException(Description);
#endif
}
