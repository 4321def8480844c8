using System.Globalization;
using System.Text.Json;
using Ebb.Engine.Experiments;
using Ebb.Engine.Experiments.Shadows;

namespace Ebb.Engine.Policy;

/// <summary>
/// The keys <c>experiments</c>, <c>shadows</c> and <c>feedback</c> of a document of policies.
/// <code>
/// "experiments": [{"name": "faster", "metric": "clicks", "minimum_effect": 0.005, "start": "2026-12-01T00:00:00Z",
///   "arms": [{"policy": "today", "share": 0.1}, {"policy": "bold", "share": 0.1}]}],
/// "shadows": [{"policy": "bold", "sample": 0.02}],
/// "feedback": {"click_types": [0, 1], "conversion_types": [4], "click_within": "1 h", "convert_within": "7 d"}
/// </code>
/// </summary>
internal static class ExperimentDocument
{
    private static readonly Dictionary<string, ExperimentMetric> Metrics = new()
    {
        ["clicks"] = ExperimentMetric.ClickRate,
        ["conversions"] = ExperimentMetric.ConversionRate,
        ["buyers"] = ExperimentMetric.Buyers,
    };

    public static PolicySet Read(DocumentObject root, PolicySet set)
    {
        PolicySet read = set with
        {
            Experiments = [.. root.Array("experiments").Select(at => ReadOne(new DocumentObject(at.Element, at.Path)))],
            Shadows = [.. root.Array("shadows").Select(at => ReadShadow(new DocumentObject(at.Element, at.Path)))],
            Tuners =
            [
                .. root.Array("tuners")
                    .Select(at => TunerDocument.Read(new DocumentObject(at.Element, at.Path), Metrics)),
            ],
            Feedback = root.Object("feedback") is { } feedback ? ReadFeedback(feedback) : set.Feedback,
            ExperimentSalt = root.String("experiment_salt", set.ExperimentSalt),
        };
        return ExperimentRules.Find(read) is { } problem
            ? throw new DocumentException(problem.Path, problem.Text)
            : read;
    }

    private static Experiment ReadOne(DocumentObject body)
    {
        Experiment plain = new("", []) { Start = default };
        ExperimentArm[] arms = [.. body.Array("arms").Select(at => ReadArm(new DocumentObject(at.Element, at.Path)))];
        Experiment one = plain with
        {
            Name = body.String("name", ""),
            Arms = arms,
            Metric = body.Word("metric", plain.Metric, Metrics),
            MinimumEffect = body.Number("minimum_effect", plain.MinimumEffect, 0, 1),
            Alpha = body.Number("alpha", plain.Alpha, 0, 0.5),
            Start = ReadMoment(body, "start") ?? throw new DocumentException(
                body.At("start"), "is missing: a moment such as \"2026-12-01T00:00:00Z\""),
            End = ReadMoment(body, "end"),
        };
        body.End();
        return one;
    }

    private static ExperimentArm ReadArm(DocumentObject body)
    {
        if (!body.Has("share"))
        {
            throw new DocumentException(body.At("share"), "is missing: the arm's part of all users, 0 to 1");
        }

        ExperimentArm arm = new(body.String("policy", ""), body.Number("share", 0, 0, 1e9))
        {
            From = body.Has("from") ? body.Number("from", 0, -1e9, 1e9) : null,
        };
        body.End();
        return arm;
    }

    private static Shadow ReadShadow(DocumentObject body)
    {
        Shadow shadow = new(body.String("policy", ""));
        shadow = shadow with { Sample = body.Number("sample", shadow.Sample, 0, 1) };
        body.End();
        return shadow;
    }

    private static FeedbackRule ReadFeedback(DocumentObject body)
    {
        FeedbackRule plain = new();
        FeedbackRule rule = new()
        {
            ClickTypes = body.Has("click_types") ? ReadTypes(body, "click_types") : plain.ClickTypes,
            ConversionTypes = body.Has("conversion_types")
                ? ReadTypes(body, "conversion_types")
                : plain.ConversionTypes,
            ClickWithin = body.Time("click_within", plain.ClickWithin),
            ConvertWithin = body.Time("convert_within", plain.ConvertWithin),
        };
        body.End();
        return rule;
    }

    private static byte[] ReadTypes(DocumentObject body, string key)
    {
        double[] types = body.Numbers(key);
        return types.All(type => type is >= 0 and < EventTypes.Impression && type == Math.Floor(type))
            ? [.. types.Select(type => (byte)type)]
            : throw new DocumentException(
                body.At(key), $"event types are whole numbers from 0 to {EventTypes.Impression - 1}");
    }

    private static DateTimeOffset? ReadMoment(DocumentObject body, string key)
    {
        if (!body.Has(key))
        {
            return null;
        }

        JsonElement value = body.Element(key);
        return value.ValueKind == JsonValueKind.String && DateTimeOffset.TryParse(
            value.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset moment)
            ? moment
            : throw new DocumentException(body.At(key), "a moment such as \"2026-12-01T00:00:00Z\" is wanted");
    }
}
