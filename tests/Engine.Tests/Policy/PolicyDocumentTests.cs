using System.Text.Json;
using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Curves;
using Ebb.Engine.Interest.Lifecycle;
using Ebb.Engine.Policy;
using Ebb.Engine.Ranking;
using Ebb.Kernels.Drift;
using Xunit;

namespace Ebb.Engine.Tests.Policy;

public sealed class PolicyDocumentTests
{
    [Fact]
    public void Read_EmptyObject_IsTheDefaultPolicy()
    {
        PolicyShare share = Assert.Single(PolicyDocument.Read("{}").Policies);
        Assert.Equal(JsonSerializer.Serialize(new ServingPolicy()), JsonSerializer.Serialize(share.Policy));
        Assert.Equal(1, share.Share);
    }

    [Fact]
    public void Read_EveryKey_IsTaken()
    {
        PolicySet set = PolicyDocument.Read(
            """
            {
              // Comments and trailing commas are for people.
              "salt": "spring",
              "policies": [
                { "name": "plain", "share": 9 },
                {
                  "name": "bold", "share": 1, "curve": { "gaussian": { "sigma": "10 d" } }, "curve_tolerance": 0.2,
                  "drift": {
                    "distance": "attention", "raw": true, "attention": [3, 1], "alarm_from": 0.8,
                    "projection": { "components": 2 },
                  },
                  "keep_below": 0.02, "shift_from": 0.5, "score_min": -1.5, "diversity_lambda": 0.4,
                  "candidate_factor": 8, "refresh_tolerance": 0.1, "relevance_weight": 2, "interest_weight": 0.5,
                  "attention": [0, 2], "category_cap": 3, "rerank_count": 50,
                  "calibration": { "isotonic": [[-1, 0.1], [2, 0.6]] },
                  "lifecycle": {
                    "categories": { "half_life": "2 d", "peak_from": 0.8, "expired_below": 0.2 },
                    "items": { "half_life": "never", "boost": 0.5, "reduce": 0.25, "stop": true },
                  },
                },
              ],
            }
            """);
        Assert.Equal("spring", set.Salt);
        Assert.Equal(["plain", "bold"], set.Policies.Select(policy => policy.Name));
        ServingPolicy bold = set.Policies[1].Policy;
        Assert.Equal(new GaussianCurve(TimeSpan.FromDays(10)), bold.Curve);
        Assert.Equal(0.2, bold.CurveTolerance);
        Assert.Equal((DriftDistance.Attention, true), (bold.Drift.Distance, bold.Drift.Raw));
        Assert.Equal([0.75f, 0.25f], bold.Drift.Attention.ToArray());
        Assert.Equal((0.8, 2), (bold.DriftAlarmFrom!.Value, bold.Projection!.Components));
        Assert.Equal((3, 50), (bold.CategoryCap, bold.ReRankCount));
        Assert.Equal([(-1.0, 0.1), (2.0, 0.6)], bold.Calibration!.Points);
        Assert.Equal((0.02, 0.5, -1.5), (bold.KeepBelow, bold.ShiftFrom, bold.ScoreMin!.Value));
        Assert.Equal((0.4, 8, 0.1), (bold.DiversityLambda, bold.CandidateFactor, bold.RefreshTolerance));
        Assert.Equal((2.0, 0.5), (bold.RelevanceWeight, bold.InterestWeight));
        Assert.Equal([0f, 2f], bold.Attention);
        PhaseRule categories = new() { HalfLife = TimeSpan.FromDays(2), PeakFrom = 0.8, ExpiredBelow = 0.2 };
        PhaseRule items = new() { HalfLife = MemorySchema.Never, Boost = 0.5, Reduce = 0.25, Stop = true };
        Assert.Equal(new LifecyclePolicy { Categories = categories, Items = items }, bold.Lifecycle);
        Assert.NotEqual(set.Policies[0].Policy.Number, bold.Number);
    }

    [Theory]
    [InlineData("""{"exponential": {"half_life": "30 d"}}""", 30, 0.5)]
    [InlineData("""{"linear": {"horizon": "60 d"}}""", 30, 0.5)]
    [InlineData("""{"power": {"tau": "30 d", "alpha": 1}}""", 30, 0.5)]
    [InlineData("""{"points": [["0 s", 1], ["60 d", 0]]}""", 30, 0.5)]
    [InlineData("""{"gauss": {"origin": "now", "scale": "10d", "offset": "5d", "decay": 0.3}}""", 15, 0.3)]
    [InlineData("""{"exp": {"scale": "10d", "decay": 0.3}}""", 10, 0.3)]
    [InlineData("""{"linear": {"scale": "10d", "decay": 0.3}}""", 10, 0.3)]
    public void Read_Curve_HasItsValueAtItsAge(string curve, double ageDays, double value)
    {
        ForgettingCurve read = PolicyDocument.Read($$"""{"curve": {{curve}}}""").Policies[0].Policy.Curve!;
        Assert.Equal(value, read.At(TimeSpan.FromDays(ageDays).TotalMilliseconds), 1e-9);
        Assert.Equal(1, read.At(0), 1e-12);
    }

    [Theory]
    [InlineData("{", "$", "line 1")]
    [InlineData("[]", "$", "an object")]
    [InlineData("""{"keep_blow": 1}""", "$.keep_blow", "keep_below")]
    [InlineData("""{"keep_below": 1, "keep_below": 2}""", "$.keep_below", "twice")]
    [InlineData("""{"keep_below": "1"}""", "$.keep_below", "a number")]
    [InlineData("""{"keep_below": -1}""", "$.keep_below", "from 0")]
    [InlineData("""{"keep_below": 0.5}""", "$.keep_below", "shift_from")]
    [InlineData("""{"candidate_factor": 1.5}""", "$.candidate_factor", "whole")]
    [InlineData("""{"relevance_weight": 0, "interest_weight": 0}""", "$.relevance_weight", "sum to nothing")]
    [InlineData("""{"curve": {"gaussian": {"sigma": "10 parsecs"}}}""", "$.curve.gaussian.sigma", "30 d")]
    [InlineData("""{"curve": {"gaussian": {}}}""", "$.curve.gaussian.sigma", "missing")]
    [InlineData("""{"curve": {"gausian": {"sigma": "1 d"}}}""", "$.curve.gausian", "gaussian")]
    [InlineData("""{"curve": {"gaussian": {"sigma": "1 d", "mean": 0}}}""", "$.curve.gaussian.mean", "no such key")]
    [InlineData("""{"curve": {"points": [["1 d"]]}}""", "$.curve.points[0]", "pair")]
    [InlineData("""{"curve": {"gauss": {"scale": "10d", "decay": 2}}}""", "$.curve", "decay")]
    [InlineData("""{"coefficients": [0, 0]}""", "$.coefficients", "not all 0")]
    [InlineData("""{"coefficients": [1, 1e400]}""", "$.coefficients", "finite")]
    [InlineData("""{"coefficients": [1], "curve": {"exponential": {"half_life": "1 d"}}}""", "$.coefficients", "curve")]
    [InlineData("""{"drift": {"distance": "manhattan"}}""", "$.drift.distance", "euclidean")]
    [InlineData("""{"drift": {"distance": "attention"}}""", "$.drift.attention", "a weight a dimension")]
    [InlineData("""{"drift": {"attention": [1]}}""", "$.drift.attention", "only the attention")]
    [InlineData("""{"drift": {"distance": "attention", "attention": [0, 0]}}""", "$.drift.attention", "sum to nothing")]
    [InlineData("""{"attention": [-1, 2]}""", "$.attention", "from 0")]
    [InlineData("""{"attention": [0, 0]}""", "$.attention", "not all 0")]
    [InlineData("""{"attention": []}""", "$.attention", "not all 0")]
    [InlineData("""{"drift": {"gain_at_shift": 0}}""", "$.drift.gain_at_shift", "from 0.0625 to 16")]
    [InlineData("""{"drift": {"gain_at_shift": 17}}""", "$.drift.gain_at_shift", "from 0.0625 to 16")]
    [InlineData("""{"drift": {"alarm_from": -1}}""", "$.drift.alarm_from", "from 0")]
    [InlineData("""{"drift": {"projection": {}}}""", "$.drift.projection", "one of them")]
    [InlineData("""{"drift": {"projection": {"components": 0}}}""", "$.drift.projection.components", "from 1")]
    [InlineData("""{"drift": {"projection": {"rows": []}}}""", "$.drift.projection.rows", "1 to 256")]
    [InlineData("""{"drift": {"projection": {"rows": [[1], [1, 2]]}}}""", "$.drift.projection.rows", "one length")]
    [InlineData("""{"drift": {"projection": {"rows": [["a"]]}}}""", "$.drift.projection.rows[0][0]", "a number")]
    [InlineData("""{"drift": {"projection": {"rows": [1]}}}""", "$.drift.projection.rows[0]", "an array")]
    [InlineData("""{"drift": {"projection": {"file": "a.npy"}}}""", "$.drift.projection.file", "write the matrix")]
    [InlineData("""{"sources": {"vector_at_shift": -1}}""", "$.sources.vector_at_shift", "from 0")]
    [InlineData("""{"category_cap": 1.5}""", "$.category_cap", "whole")]
    [InlineData("""{"rerank_count": 5000}""", "$.rerank_count", "to 1024")]
    [InlineData("""{"calibration": {}}""", "$.calibration", "platt or isotonic")]
    [InlineData("""{"calibration": {"platt": {"a": 1, "b": 0}}}""", "$.calibration.platt", "below 0")]
    [InlineData("""{"calibration": {"platt": {"a": -1}}}""", "$.calibration.platt", "a and b")]
    [InlineData("""{"calibration": {"isotonic": []}}""", "$.calibration.isotonic", "at least one")]
    [InlineData("""{"calibration": {"isotonic": [[1]]}}""", "$.calibration.isotonic[0]", "a pair")]
    [InlineData("""{"calibration": {"isotonic": [[0, 0.5], [1, 0.4]]}}""", "$.calibration.isotonic", "point 1")]
    [InlineData("""{"calibration": {"isotonic": [[0, 1.5]]}}""", "$.calibration.isotonic", "0 to 1")]
    [InlineData("""{"lifecycle": {}}""", "$.lifecycle", "categories or items")]
    [InlineData("""{"lifecycle": {"items": {"stop": 1}}}""", "$.lifecycle.items.stop", "true or false")]
    [InlineData("""{"lifecycle": {"items": {"bost": 1}}}""", "$.lifecycle.items.bost", "boost")]
    [InlineData("""{"lifecycle": {"items": {"reduce": -1}}}""", "$.lifecycle.items.reduce", "from 0")]
    [InlineData("""{"lifecycle": {"items": {"peak_from": 0.05}}}""", "$.lifecycle.items.expired_below", "peak_from")]
    [InlineData("""{"policies": []}""", "$.policies", "1 to 64")]
    [InlineData("""{"policies": [{"name": "a"}, {"name": "a"}]}""", "$.policies", "same name")]
    [InlineData("""{"policies": [{"share": 0}, {"share": 0}]}""", "$.policies", "sum to nothing")]
    [InlineData("""{"policies": [{"keep_blow": 1}]}""", "$.policies[0].keep_blow", "keep_below")]
    public void Read_BadDocument_NamesThePathAndTheRemedy(string json, string path, string remedy)
    {
        DocumentException problem = Assert.Throws<DocumentException>(() => PolicyDocument.Read(json));
        Assert.Equal(path, problem.Path);
        Assert.Contains(remedy, problem.Message);
        Assert.DoesNotContain('\n', problem.Message);
    }

    [Fact]
    public void Read_MatrixFile_IsAskedForByItsName()
    {
        string json = """{"drift": {"projection": {"file": "topics.npy"}}, "sources": {"vector_at_shift": 2}}""";
        string asked = "";
        ServingPolicy policy = PolicyDocument.Read(json, Matrix).Policies[0].Policy;
        Assert.Equal("topics.npy", asked);
        Assert.Equal([1f, 2f], policy.Projection!.Rows.Single());
        Assert.Equal(2, policy.Sources.VectorAtShift);
        DocumentException problem = Assert.Throws<DocumentException>(
            () => PolicyDocument.Read(json, _ => throw new IOException("is not there")));
        Assert.Equal("$.drift.projection.file: is not there", problem.Message);

        IReadOnlyList<float[]> Matrix(string name)
        {
            asked = name;
            return [[1f, 2f]];
        }
    }

    [Fact]
    public void MemorySchema_EveryKey_IsTaken()
    {
        MemorySchema schema = MemorySchemaDocument.Read(
            """
            {
              "number": 3, "half_lives": ["90 s", "30 d", "never"], "dimension_rates": [1, 0.5],
              "event_types": [{ "type": 4, "name": "purchase", "weight": 5, "scale": "logarithmic" }],
              "popularity_half_life": "1 d", "recent_events": 8, "future_tolerance": "2 s",
              "parking_window": "10 min", "parked_max": 100,
              "burst_cap": { "weight": 3, "window": "1 h", "per": "item_and_type" },
              "category_splits": [{ "category": "books", "split": { "30 d": 0.5, "never": 0.25 } }]
            }
            """);
        Assert.Equal(new BurstCap(3, TimeSpan.FromHours(1), BurstScope.ItemAndType), schema.BurstCap);
        Assert.Equal([new CategorySplit("books", [0, 0.5, 0.25])], schema.CategorySplits);
        Assert.Equal(MemorySchemaJson.Write(schema), MemorySchemaJson.Write(MemorySchemaJson.Read(
            MemorySchemaJson.Write(schema))));
        Assert.Equal(3u, schema.Number);
        Assert.Equal([TimeSpan.FromSeconds(90), TimeSpan.FromDays(30), MemorySchema.Never], schema.HalfLives);
        Assert.Equal([1, 0.5], schema.DimensionRates);
        Assert.Equal([new EventTypeRule(4, "purchase", 5, ImpulseScale.Logarithmic)], schema.EventTypes);
        Assert.Equal(TimeSpan.FromDays(1), schema.PopularityHalfLife);
        Assert.Equal((8, 100), (schema.RecentEventCount, schema.ParkedCountMax));
        Assert.Equal(TimeSpan.FromSeconds(2), schema.FutureTolerance);
        Assert.Equal(TimeSpan.FromMinutes(10), schema.ParkingWindow);
    }

    [Theory]
    [InlineData("""{"half_lives": ["30 days ago"]}""", "$.half_lives[0]")]
    [InlineData("""{"half_lives": "30 d"}""", "$.half_lives")]
    [InlineData("""{"event_types": [{"weight": 1}]}""", "$.event_types[0].type")]
    [InlineData("""{"event_types": [{"type": 1, "weight": 1e9}]}""", "$.event_types[0].weight")]
    [InlineData("""{"half_lives": []}""", "$.half_lives")]
    [InlineData(
        """{"half_lives": ["1s","2s","3s","4s","5s","6s","7s","8s","9s","1h","2h","3h","4h","5h","6h","7h","8h"]}""",
        "$.half_lives")]
    [InlineData("""{"dimension_rates": [1, 0]}""", "$.dimension_rates[1]")]
    [InlineData("""{"dimension_rates": [1e400]}""", "$.dimension_rates[0]")]
    [InlineData("""{"event_types": [{"type": 1}, {"type": 1, "weight": 2}]}""", "$.event_types[1].type")]
    [InlineData("""{"recent_events": 129}""", "$.recent_events")]
    [InlineData("""{"halflives": []}""", "$.halflives")]
    [InlineData("""{"burst_cap": {"window": "1 h"}}""", "$.burst_cap.weight")]
    [InlineData("""{"burst_cap": {"weight": 1}}""", "$.burst_cap.window")]
    [InlineData("""{"burst_cap": {"weight": 0, "window": "1 h"}}""", "$.burst_cap.weight")]
    [InlineData("""{"burst_cap": {"weight": 1, "window": "never"}}""", "$.burst_cap.window")]
    [InlineData("""{"burst_cap": {"weight": 1, "window": "1 h", "per": "day"}}""", "$.burst_cap.per")]
    [InlineData("""{"burst_cap": {"weight": 1, "window": "1 h", "x": 1}}""", "$.burst_cap.x")]
    [InlineData("""{"category_splits": [{"split": {"30 d": 1}}]}""", "$.category_splits[0].category")]
    [InlineData("""{"category_splits": [{"category": "b"}]}""", "$.category_splits[0].split")]
    [InlineData("""{"category_splits": [{"category": "b", "split": {"30 d": 0}}]}""", "$.category_splits[0].split")]
    [InlineData(
        """{"category_splits": [{"category": "b", "split": {"7 d": 1}}]}""", "$.category_splits[0].split[\"7 d\"]")]
    [InlineData(
        """{"category_splits": [{"category": "b", "split": {"30 d": 2}}]}""", "$.category_splits[0].split[\"30 d\"]")]
    public void MemorySchema_BadDocument_NamesThePath(string json, string path) =>
        Assert.Equal(path, Assert.Throws<DocumentException>(() => MemorySchemaDocument.Read(json)).Path);

    [Fact]
    public void PublishedSchemas_Keys_AreThoseThatTheReadersKnow()
    {
        using JsonDocument policy = JsonDocument.Parse(PublishedSchemas.Policy);
        JsonElement kinds = policy.RootElement.GetProperty("$defs");
        Assert.Equal(Known(() => PolicyDocument.Read("""{"x": 1}""")), Keys(kinds.GetProperty("policy")));
        Assert.Equal(
            Known(() => PolicyDocument.Read("""{"drift": {"x": 1}}""")),
            Keys(kinds.GetProperty("policy").GetProperty("properties").GetProperty("drift")));
        Assert.Equal(
            Known(() => PolicyDocument.Read("""{"lifecycle": {"items": {"x": 1}}}""")),
            Keys(kinds.GetProperty("phases")));
        Assert.Equal(
            Known(() => PolicyDocument.Read("""{"policies": [{}], "x": 1}""")), Keys(kinds.GetProperty("set")));
        Assert.Equal(
            Known(() => PolicyDocument.Read(
                """{"policies": [{}], "experiments": [{"start": "2026-01-01", "x": 1}]}""")),
            Keys(kinds.GetProperty("experiment")));
        Assert.Equal(
            Known(() => PolicyDocument.Read("""{"policies": [{}], "tuners": [{"x": 1}]}""")),
            Keys(kinds.GetProperty("tuner")));
        using JsonDocument memory = JsonDocument.Parse(PublishedSchemas.Memory);
        Assert.Equal(Known(() => MemorySchemaDocument.Read("""{"x": 1}""")), Keys(memory.RootElement));
    }

    private static string[] Keys(JsonElement schema) =>
        [.. schema.GetProperty("properties").EnumerateObject().Select(property => property.Name).Order()];

    private static string[] Known(Action read)
    {
        string message = Assert.Throws<DocumentException>(read).Message;
        return [.. message[(message.IndexOf("these are: ", StringComparison.Ordinal) + 11)..].Split(", ").Order()];
    }
}
