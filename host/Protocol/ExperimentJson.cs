using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Ebb.Protocol;

/// <summary>Reports of EXPERIMENTS as JSON, read and written without reflection. Stateless.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(EbbExperiment[]))]
[JsonSerializable(typeof(EbbShadow[]))]
[JsonSerializable(typeof(EbbTuning))]
[JsonSerializable(typeof(EbbArm))]
public sealed partial class ExperimentJson : JsonSerializerContext
{
    public static byte[] Write(EbbExperiment[] experiments) => Bytes(experiments, Default.EbbExperimentArray);

    public static byte[] Write(EbbShadow[] shadows) => Bytes(shadows, Default.EbbShadowArray);

    public static byte[] Write(EbbTuning tuning) => Bytes(tuning, Default.EbbTuning);

    public static byte[] Write(EbbArm arm) => Bytes(arm, Default.EbbArm);

    public static EbbArm? ReadArm(ReadOnlySpan<byte> json) => Read(json, Default.EbbArm);

    /// <summary>Null: it is none.</summary>
    public static EbbExperiment[]? ReadExperiments(ReadOnlySpan<byte> json) =>
        Read(json, Default.EbbExperimentArray);

    public static EbbShadow[]? ReadShadows(ReadOnlySpan<byte> json) => Read(json, Default.EbbShadowArray);

    public static EbbTuning? ReadTuning(ReadOnlySpan<byte> json) => Read(json, Default.EbbTuning);

    private static byte[] Bytes<T>(T report, JsonTypeInfo<T> form) => JsonSerializer.SerializeToUtf8Bytes(report, form);

    private static T? Read<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> form)
    {
        try
        {
            return JsonSerializer.Deserialize(json, form);
        }
        catch (JsonException)
        {
            return default;
        }
    }
}
