using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ebb.Protocol;

/// <summary>Reports of EXPERIMENTS as JSON, read and written without reflection. Stateless.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(EbbExperiment[]))]
public sealed partial class ExperimentJson : JsonSerializerContext
{
    public static byte[] Write(EbbExperiment[] experiments) =>
        JsonSerializer.SerializeToUtf8Bytes(experiments, Default.EbbExperimentArray);

    /// <summary>Null: it is none.</summary>
    public static EbbExperiment[]? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, Default.EbbExperimentArray);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
