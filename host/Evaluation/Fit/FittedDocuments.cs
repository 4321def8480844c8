using System.Text.Json;
using System.Text.Json.Nodes;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Curves;
using Ebb.Engine.Policy;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Fit;

/// <summary>What a fit found, as the two documents that a server reads.</summary>
public static class FittedDocuments
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Blend and forgetting curve; everything else keeps its default.</summary>
    public static string WritePolicy(ServedModel model, string name = "fitted")
    {
        JsonObject policy = JsonNode.Parse(SourceDocument.WritePolicy(name, model.Sources))!.AsObject();
        if (model.Lists?.Curve is { } curve)
        {
            policy["curve"] = Curve(curve);
            policy["curve_tolerance"] = model.Lists.CurveTolerance;
        }

        return policy.ToJsonString(Indented);
    }

    /// <summary>The bank, and what else of the memory was not left at its default.</summary>
    public static string WriteMemory(ServedModel model)
    {
        IReadOnlyList<TimeSpan> bank = model.HalfLives.Count == 0 ? [model.HalfLife] : model.HalfLives;
        var memory = new JsonObject
        {
            ["half_lives"] = new JsonArray([.. bank.Select(each => (JsonNode)DurationText.Format(each))]),
        };
        if (model.Memory is { } schema && schema.RecentEventCount != new MemorySchema().RecentEventCount)
        {
            memory["recent_events"] = schema.RecentEventCount;
        }

        return memory.ToJsonString(Indented);
    }

    private static JsonObject Curve(ForgettingCurve curve) => curve switch
    {
        PowerCurve power => new JsonObject
        {
            ["power"] = new JsonObject { ["tau"] = DurationText.Format(power.Tau), ["alpha"] = power.Alpha },
        },
        GaussianCurve gaussian => new JsonObject
        {
            ["gaussian"] = new JsonObject { ["sigma"] = DurationText.Format(gaussian.Sigma) },
        },
        _ => throw new ArgumentException($"a fit does not choose {curve}", nameof(curve)),
    };
}
