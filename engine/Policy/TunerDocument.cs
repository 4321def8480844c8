using Ebb.Engine.Experiments;
using Ebb.Engine.Experiments.Tuning;

namespace Ebb.Engine.Policy;

/// <summary>
/// The key <c>tuners</c> of a document of policies.
/// <code>
/// "tuners": [{"policy": "today", "metric": "clicks", "guard": "conversions", "share": 0.1, "probation": "2 d",
///   "parameters": {"half_life": {"min": "1 d", "max": "90 d", "step": 1.5}, "popularity": {"min": 0.05, "max": 1}}}]
/// </code>
/// </summary>
internal static class TunerDocument
{
    public static Tuner Read(DocumentObject body, IReadOnlyDictionary<string, ExperimentMetric> metrics)
    {
        Tuner plain = new("", []);
        DocumentObject? parameters = body.Object("parameters");
        Tuner tuner = plain with
        {
            Policy = body.String("policy", ""),
            Metric = body.Word("metric", plain.Metric, metrics),
            Guard = body.Word("guard", plain.Guard, metrics),
            Share = body.Number("share", plain.Share, 0, 0.5),
            From = body.Number("from", plain.From, 0, 1),
            MinimumEffect = body.Number("minimum_effect", plain.MinimumEffect, 0, 1),
            Alpha = body.Number("alpha", plain.Alpha, 0, 0.5),
            UsersMin = body.Whole("users_min", plain.UsersMin, 1, int.MaxValue),
            UsersMax = body.Whole("users_max", plain.UsersMax, 1, int.MaxValue),
            Probation = body.Time("probation", plain.Probation),
            Parameters = parameters is null ? [] : ReadAll(parameters),
        };
        body.End();
        return tuner;
    }

    private static TunedParameter[] ReadAll(DocumentObject body)
    {
        TunedParameter[] all =
        [
            .. TunedNumbers.Names.Where(body.Has).Select(name => ReadOne(body.Object(name)!, name)),
        ];
        body.End();
        return all;
    }

    private static TunedParameter ReadOne(DocumentObject body, string name)
    {
        bool isTime = name == TunedNumbers.HalfLife;
        double Rail(string key) => !body.Has(key)
            ? throw new DocumentException(body.At(key), "is missing: a guard rail")
            : isTime ? body.Time(key, null).TotalMilliseconds : body.Number(key, 0, 0, 1e9);
        TunedParameter one = new(name, Rail("min"), Rail("max"), body.Number("step", 1.5, 1, 100));
        body.End();
        return one;
    }
}
