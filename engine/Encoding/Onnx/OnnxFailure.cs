#if EBB_ONNXRUNTIME
using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime;

namespace Ebb.Engine.Encoders.Onnx;

/// <summary>What ONNX Runtime says of a failure, for people.</summary>
internal static partial class OnnxFailure
{
    /// <summary>Without its code, the path, and the place in the runtime's sources that it names.</summary>
    public static string Reason(OnnxRuntimeException failure) =>
        Preamble().Replace(failure.Message.ReplaceLineEndings(" "), "").Trim();

    [GeneratedRegex(@"^\[ErrorCode:\w+\]\s*(Load model from .*? failed:)?\s*(\S+:\d+ .*?\) (?=[A-Z]))?")]
    private static partial Regex Preamble();
}
#endif
