using System.Text.Json;
using System.Text.Json.Nodes;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Curves;
using Ebb.Engine.Policy;
using Ebb.Engine.Ranking;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Fit;

/// <summary>What a fit found, as the two documents that a server reads.</summary>
public static class FittedDocuments
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Blend, forgetting curve and what else of the lists was fitted; the rest keeps its default.</summary>
    public static string WritePolicy(ServedModel model, string name = "fitted")
    {
        JsonObject policy = JsonNode.Parse(SourceDocument.WritePolicy(name, model.Sources))!.AsObject();
        if (model.Lists is { } lists)
        {
            WriteLists(policy, lists);
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

        if (model.Memory is { DimensionRates.Count: > 0 } rated)
        {
            memory["dimension_rates"] = new JsonArray([.. rated.DimensionRates.Select(rate => (JsonNode)rate)]);
        }

        return memory.ToJsonString(Indented);
    }

    private static void WriteLists(JsonObject policy, ServingPolicy lists)
    {
        if (lists.Curve is { } curve)
        {
            policy["curve"] = Curve(curve);
            policy["curve_tolerance"] = lists.CurveTolerance;
        }

        if (lists.Attention.Count > 0)
        {
            // Through decimal: a float's own digits, not those of its nearest double.
            policy["attention"] = new JsonArray([.. lists.Attention.Select(weight => (JsonNode)(decimal)weight)]);
        }

        // Exact lists keep nothing; a server's policy has no such value.
        if (lists.KeepBelow >= 0)
        {
            policy["keep_below"] = lists.KeepBelow;
        }

        if (lists.Calibration is { } calibration)
        {
            policy["calibration"] = Calibration(calibration);
        }
    }

    private static JsonObject Calibration(Calibration calibration) => calibration.Platt is { } platt
        ? new JsonObject { ["platt"] = new JsonObject { ["a"] = platt.A, ["b"] = platt.B } }
        : new JsonObject
        {
            ["isotonic"] = new JsonArray([.. calibration.Points.Select(
                point => (JsonNode)new JsonArray(point.Score, point.Probability))]),
        };

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
