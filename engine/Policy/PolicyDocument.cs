using System.Text;
using System.Text.Json;
using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;

namespace Ebb.Engine.Policy;

/// <summary>
/// Policies as JSON: one policy's keys at the root, or several, each with its share of the users:
/// <c>{"salt": "", "policies": [{"name": "a", "share": 9, …}, …]}</c>. Missing keys have their defaults, unknown ones
/// are refused. <c>policy.schema.json</c> beside this says the same to editors.
/// </summary>
public static class PolicyDocument
{
    private static readonly JsonDocumentOptions Lenient =
        new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <exception cref="DocumentException">Names the JSON path and the remedy.</exception>
    public static PolicySet Read(string json) => Read(json, null);

    /// <param name="json">The document.</param>
    /// <param name="matrixOf">
    /// Reads a matrix file that the document names; what it throws as IOException or ArgumentException becomes the
    /// document's.
    /// </param>
    /// <exception cref="DocumentException">Names the JSON path and the remedy.</exception>
    public static PolicySet Read(string json, Func<string, IReadOnlyList<float[]>>? matrixOf)
    {
        using JsonDocument document = Parse(json);
        DocumentObject root = new(document.RootElement, "$");
        if (!root.Has("policies"))
        {
            PolicyShare single = ReadShare(document.RootElement, "$", 0, matrixOf);
            return new PolicySet([single]);
        }

        List<PolicyShare> policies = [];
        foreach ((JsonElement element, string path) in root.Array("policies"))
        {
            policies.Add(ReadShare(element, path, policies.Count, matrixOf));
        }

        PolicySet set = new(policies) { Salt = root.String("salt", "") };
        set = ExperimentDocument.Read(root, set);
        root.End();
        try
        {
            set.Check();
        }
        catch (ArgumentException problem)
        {
            throw new DocumentException("$.policies", problem.Message);
        }

        return set;
    }

    /// <exception cref="DocumentException">Not JSON; says where it stops being so.</exception>
    internal static JsonDocument Parse(string json)
    {
        try
        {
            return JsonDocument.Parse(json, Lenient);
        }
        catch (JsonException problem)
        {
            long line = (problem.LineNumber ?? 0) + 1;
            long column = (problem.BytePositionInLine ?? 0) + 1;
            throw new DocumentException("$", $"no JSON from line {line}, column {column} on");
        }
    }

    private static PolicyShare ReadShare(
        JsonElement element, string path, int index, Func<string, IReadOnlyList<float[]>>? matrixOf)
    {
        DocumentObject body = new(element, path);
        string name = body.String("name", index == 0 ? "default" : $"policy {index + 1}");
        double share = body.Number("share", 1, 0, 1e9);
        ServingPolicy plain = new();
        ServingPolicy policy = plain with
        {
            Number = (uint)index + 1,
            Curve = body.Has("curve") ? CurveDocument.Read(body.Element("curve"), body.At("curve")) : null,
            CurveCoefficients = ReadCoefficients(body),
            CurveTolerance = body.Number("curve_tolerance", plain.CurveTolerance, 1e-9, 1),
            Attention = ReadAttention(body),
            BlockWeights = body.Has("block_weights")
                ? BlockWeightsDocument.Read(body.Element("block_weights"), body.At("block_weights"))
                : plain.BlockWeights,
            KeepBelow = body.Number("keep_below", plain.KeepBelow, 0, 1e9),
            ShiftFrom = body.Number("shift_from", plain.ShiftFrom, 0, 1e9),
            ScoreMin = body.Has("score_min") ? body.Number("score_min", 0, -1e30, 1e30) : null,
            DiversityLambda = body.Number("diversity_lambda", plain.DiversityLambda, 0, 1),
            CategoryCap = body.Whole("category_cap", 0, 0, RecommendQuery.CountMax),
            ReRankCount = body.Whole("rerank_count", 0, 0, PolicyInForce.ReRankCountMax),
            Calibration = body.Object("calibration") is { } calibration
                ? CalibrationDocument.Read(calibration)
                : null,
            CandidateFactor = body.Whole("candidate_factor", plain.CandidateFactor, 1, 64),
            RefreshTolerance = body.Number("refresh_tolerance", plain.RefreshTolerance, 0, 1),
            Sources = body.Object("sources") is { } sources ? SourceDocument.Read(sources) : plain.Sources,
            Lifecycle = body.Object("lifecycle") is { } phases ? LifecycleDocument.Read(phases) : plain.Lifecycle,
            HideTypes = ReadTypes(body),
            ExploreSlots = body.Whole("explore_slots", 0, 0, RecommendQuery.CountMax),
            ExploreAge = body.Time("explore_age", plain.ExploreAge),
            Migration = body.Object("migration") is { } migration
                ? MigrationDocument.Read(migration)
                : plain.Migration,
            RelevanceWeight = body.Number("relevance_weight", plain.RelevanceWeight, -1e9, 1e9),
            InterestWeight = body.Number("interest_weight", plain.InterestWeight, -1e9, 1e9),
        };
        if (policy.Curve is not null && policy.CurveCoefficients.Count != 0)
        {
            throw new DocumentException(body.At("coefficients"), "there is a curve too: leave one of them out");
        }

        if (policy.KeepBelow > policy.ShiftFrom)
        {
            throw new DocumentException(
                body.At("keep_below"), $"{policy.KeepBelow} lies above shift_from, {policy.ShiftFrom}: lower it");
        }

        if (policy.RelevanceWeight == 0 && policy.InterestWeight == 0)
        {
            throw new DocumentException(
                body.At("relevance_weight"), "relevance_weight and interest_weight sum to nothing: raise one of them");
        }

        policy = body.Object("drift") is { } drift ? DriftDocument.Read(drift, policy, matrixOf) : policy;
        body.End();
        return new PolicyShare(name, policy, share) { Fingerprint = FingerprintOf(element), Path = path };
    }

    /// <summary>Of what the policy does: its keys in their order, but for its share.</summary>
    private static ulong FingerprintOf(JsonElement policy)
    {
        var text = new StringBuilder();
        foreach (JsonProperty property in policy.EnumerateObject().Where(property => property.Name != "share"))
        {
            text.Append(property.Name).Append('=').Append(JsonSerializer.Serialize(property.Value)).Append(';');
        }

        return StableHash.Compute(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static byte[] ReadTypes(DocumentObject body)
    {
        double[] types = [.. body.Numbers("hide_types")];
        return types.All(type => type is >= 0 and <= 63 && type == Math.Floor(type))
            ? [.. types.Select(type => (byte)type)]
            : throw new DocumentException(body.At("hide_types"), "event types are whole numbers from 0 to 63");
    }

    private static double[] ReadCoefficients(DocumentObject body)
    {
        double[] coefficients = body.Numbers("coefficients");
        return coefficients.All(double.IsFinite)
            && (coefficients.Length == 0 || coefficients.Any(coefficient => coefficient != 0))
            ? coefficients
            : throw new DocumentException(
                body.At("coefficients"), "one finite number a half-life is wanted, not all 0");
    }

    private static float[] ReadAttention(DocumentObject body)
    {
        float[] weights = [.. body.Numbers("attention").Select(weight => (float)weight)];
        return weights.All(weight => weight is >= 0 and <= ServingPolicy.AttentionMax)
            && (!body.Has("attention") || weights.Any(weight => weight > 0))
            ? weights
            : throw new DocumentException(
                body.At("attention"),
                $"a weight a dimension is wanted, from 0 to {ServingPolicy.AttentionMax}, not all 0");
    }
}
