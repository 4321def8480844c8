using System.Text.Json;
using Ebb.Engine.Ranking;

namespace Ebb.Engine.Policy;

/// <summary>
/// The key <c>calibration</c> of a policy: from final scores to probabilities.
/// <code>
/// {"platt": {"a": -1.7, "b": 2.1}}          {"isotonic": [[-1, 0.01], [0.5, 0.08], [3, 0.4]]}
/// </code>
/// </summary>
internal static class CalibrationDocument
{
    public static Calibration Read(DocumentObject body)
    {
        if (body.Has("platt") == body.Has("isotonic"))
        {
            throw new DocumentException(body.Path, "platt or isotonic is wanted here, one of them");
        }

        Calibration calibration = body.Object("platt") is { } platt
            ? ReadPlatt(platt)
            : new Calibration { Points = [.. body.Array("isotonic").Select(at => ReadPoint(at.Element, at.Path))] };
        body.End();
        if (calibration.Platt is null && calibration.Points.Count == 0)
        {
            throw new DocumentException(body.At("isotonic"), "at least one point is wanted: [score, probability]");
        }

        string at = body.At(calibration.Platt is null ? "isotonic" : "platt");
        return calibration.Problem() is { } problem ? throw new DocumentException(at, problem) : calibration;
    }

    private static Calibration ReadPlatt(DocumentObject body)
    {
        if (!body.Has("a") || !body.Has("b"))
        {
            throw new DocumentException(body.Path, "a and b are wanted here");
        }

        Calibration calibration = new() { Platt = (body.Number("a", 0, -1e9, 1e9), body.Number("b", 0, -1e9, 1e9)) };
        body.End();
        return calibration;
    }

    private static (double Score, double Probability) ReadPoint(JsonElement element, string path) =>
        element.ValueKind == JsonValueKind.Array && element.GetArrayLength() == 2
            ? (DocumentObject.ReadNumber(element[0], $"{path}[0]"), DocumentObject.ReadNumber(element[1], $"{path}[1]"))
            : throw new DocumentException(path, "a pair is wanted: [score, probability]");
}
