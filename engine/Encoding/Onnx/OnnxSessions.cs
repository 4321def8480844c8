#if EBB_ONNXRUNTIME
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Ebb.Engine.Encoders.Onnx;

/// <summary>Opens sessions as Ebb wants them, on CUDA where asked for and there, else on the CPU. Any thread.</summary>
internal static class OnnxSessions
{
    private const string CudaProvider = "CUDAExecutionProvider";

    /// <returns>The session, and where it computes, with the reason where that is not where it was asked to.</returns>
    public static (InferenceSession Session, string Provider) Open(string path, ModelProvider provider)
    {
        string where = "CPU";
        if (provider == ModelProvider.Cuda)
        {
            if (!OrtEnv.Instance().GetAvailableProviders().Contains(CudaProvider))
            {
                where = "CPU (CUDA was asked for: this build of ONNX Runtime has no CUDA provider)";
            }
            else
            {
                try
                {
                    return (Open(path, options => options.AppendExecutionProvider_CUDA()), "CUDA");
                }
                catch (OnnxRuntimeException failure)
                {
                    where = $"CPU (CUDA was asked for: {OnnxFailure.Reason(failure)})";
                }
            }
        }

        return (Open(path, _ => { }), where);
    }

    /// <exception cref="BundleException">It is of another type or rank.</exception>
    public static void CheckTensor(
        string path, string what, string name, NodeMetadata found, (TensorElementType Type, int Rank) wanted)
    {
        if (!found.IsTensor || found.ElementDataType != wanted.Type || found.Dimensions.Length != wanted.Rank)
        {
            string type = found.IsTensor ? $"{found.ElementDataType} of rank {found.Dimensions.Length}" : "no tensor";
            throw new BundleException($"{path}: {what} '{name}' is {type}, not {wanted.Type} of rank {wanted.Rank}");
        }
    }

    private static InferenceSession Open(string path, Action<SessionOptions> configure)
    {
        // Models of an encoder's size are done before another thread has woken up: all on the caller's.
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        options.AddSessionConfigEntry("session.inter_op.allow_spinning", "0");
        configure(options);
        return new InferenceSession(path, options);
    }
}
#endif
