using System.Text.Json;
using Ebb.Engine.Interest.Curves;

namespace Ebb.Engine.Policy;

/// <summary>
/// A forgetting curve as JSON: an object with one key, the kind. Elasticsearch's decay functions (gauss, exp, linear
/// with a scale) are read too.
/// <code>
/// {"exponential": {"half_life": "30 d"}}     {"gaussian": {"sigma": "10 d"}}     {"linear": {"horizon": "90 d"}}
/// {"power": {"tau": "1 d", "alpha": 1.2}}    {"points": [["0 s", 1], ["7 d", 0.3], ["60 d", 0]]}
/// {"gauss": {"origin": "now", "scale": "10d", "offset": "2d", "decay": 0.5}}
/// </code>
/// </summary>
internal static class CurveDocument
{
    public static ForgettingCurve Read(JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.Object || element.EnumerateObject().Count() != 1)
        {
            throw new DocumentException(
                path, "an object with one key is wanted: exponential, gaussian, linear, power, points, gauss or exp");
        }

        JsonProperty kind = element.EnumerateObject().First();
        string at = $"{path}.{kind.Name}";
        ForgettingCurve curve = kind.Name switch
        {
            "exponential" => Read(kind.Value, at, body => new ExponentialCurve(body.Time("half_life", null, true))),
            "gaussian" => Read(kind.Value, at, body => new GaussianCurve(body.Time("sigma", null))),
            "linear" when kind.Value.ValueKind == JsonValueKind.Object && kind.Value.TryGetProperty("horizon", out _) =>
                Read(kind.Value, at, body => new LinearCurve(body.Time("horizon", null))),
            "power" => Read(
                kind.Value, at, body => new PowerCurve(body.Time("tau", null), body.Number("alpha", 1, 1e-6, 1000))),
            "points" => Points(kind.Value, at),
            "gauss" or "exp" or "linear" => Elastic(element, path),
            _ => throw new DocumentException(
                at, "there is no such curve: exponential, gaussian, linear, power, points, gauss or exp"),
        };
        return curve.Problem is { } problem ? throw new DocumentException(at, problem) : curve;
    }

    private static ForgettingCurve Read(JsonElement value, string path, Func<DocumentObject, ForgettingCurve> read)
    {
        DocumentObject body = new(value, path);
        ForgettingCurve curve = read(body);
        body.End();
        return curve;
    }

    private static PointsCurve Points(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw new DocumentException(path, "an array of [\"age\", value] is wanted");
        }

        List<CurvePoint> points = [];
        foreach (JsonElement pair in value.EnumerateArray())
        {
            string at = $"{path}[{points.Count}]";
            if (pair.ValueKind != JsonValueKind.Array || pair.GetArrayLength() != 2)
            {
                throw new DocumentException(at, "a pair is wanted: [\"7 d\", 0.3]");
            }

            bool isNow = pair[0].ValueKind == JsonValueKind.String && pair[0].GetString() is "0" or "0 s" or "0s";
            TimeSpan age = isNow ? TimeSpan.Zero : DocumentObject.ReadTime(pair[0], $"{at}[0]", mayBeNever: false);
            points.Add(new CurvePoint(age, DocumentObject.ReadNumber(pair[1], $"{at}[1]")));
        }

        return new PointsCurve(points);
    }

    private static ForgettingCurve Elastic(JsonElement element, string path)
    {
        try
        {
            return ElasticDecayJson.Read(element).ToCurve();
        }
        catch (JsonException problem)
        {
            throw new DocumentException(path, problem.Message);
        }
    }
}
