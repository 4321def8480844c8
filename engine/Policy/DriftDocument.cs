using System.Text.Json;
using Ebb.Engine.Ranking;
using Ebb.Engine.Ranking.Drifting;
using Ebb.Kernels.Drift;

namespace Ebb.Engine.Policy;

/// <summary>
/// The key <c>drift</c> of a policy: the distance, what it is measured of, and when a user's is an alarm.
/// <code>
/// {"distance": "attention", "attention": [3, 1], "projection": {"components": 2}, "alarm_from": 0.8}
/// {"gain_at_shift": 2}
/// {"projection": {"rows": [[1, 0, 0], [0, 1, 1]]}}          {"projection": {"file": "topics.npy"}}
/// </code>
/// </summary>
internal static class DriftDocument
{
    private static readonly Dictionary<string, DriftDistance> Distances = new()
    {
        ["cosine"] = DriftDistance.Cosine,
        ["euclidean"] = DriftDistance.Euclidean,
        ["attention"] = DriftDistance.Attention,
        ["attention squared"] = DriftDistance.AttentionSquared,
    };

    /// <param name="body">The object.</param>
    /// <param name="plain">What is read into.</param>
    /// <param name="matrixOf">Reads a matrix file; null where there are no files.</param>
    public static ServingPolicy Read(
        DocumentObject body, ServingPolicy plain, Func<string, IReadOnlyList<float[]>>? matrixOf)
    {
        ServingPolicy policy = plain with
        {
            Drift = ReadMeasure(body),
            Projection = body.Object("projection") is { } projection ? ReadProjection(projection, matrixOf) : null,
            GainAtShift = body.Has("gain_at_shift")
                ? body.Number("gain_at_shift", 1, 1 / ServingPolicy.GainMax, ServingPolicy.GainMax)
                : null,
            DriftAlarmFrom = body.Has("alarm_from") ? body.Number("alarm_from", 0, 0, 1e9) : null,
            TasteAlarmFrom = body.Has("taste_alarm_from") ? body.Number("taste_alarm_from", 0, 0, 1e9) : null,
        };
        body.End();
        return policy;
    }

    private static DriftMeasure ReadMeasure(DocumentObject body)
    {
        DriftDistance distance = body.Word("distance", DriftDistance.Cosine, Distances);
        bool raw = body.Flag("raw", false);
        float[] attention = [.. body.Numbers("attention").Select(weight => (float)weight)];
        bool isWeighted = distance is DriftDistance.Attention or DriftDistance.AttentionSquared;
        if (isWeighted == (attention.Length == 0))
        {
            throw new DocumentException(
                body.At("attention"),
                isWeighted ? "this distance wants a weight a dimension" : "only the attention distances have weights");
        }

        if (attention.Any(weight => !(weight >= 0)) || (isWeighted && !(attention.Sum() > 0)))
        {
            throw new DocumentException(
                body.At("attention"), "weights are numbers of at least 0 that do not sum to nothing");
        }

        // Written in any unit: what counts is their proportion (DESIGN.md §2: Σa = 1).
        float sum = attention.Sum();
        return new DriftMeasure(distance, raw, attention.Select(weight => weight / sum).ToArray());
    }

    private static ProjectionPolicy ReadProjection(
        DocumentObject body, Func<string, IReadOnlyList<float[]>>? matrixOf)
    {
        string[] given = [.. new[] { "components", "rows", "file" }.Where(body.Has)];
        if (given.Length != 1)
        {
            throw new DocumentException(body.Path, "components, rows or a file are wanted here, one of them");
        }

        var projection = new ProjectionPolicy
        {
            Components = body.Whole("components", 0, 1, ProjectionPolicy.RowCountMax),
            Rows = given[0] == "file" ? ReadFile(body, matrixOf) : ReadRows(body),
        };
        body.End();
        return given[0] == "components" ? projection with { Rows = [] } : projection with { Components = 0 };
    }

    private static float[][] ReadRows(DocumentObject body)
    {
        float[][] rows = [.. body.Array("rows").Select(at => ReadRow(at.Element, at.Path))];
        if (body.Has("rows") && rows.Length is 0 or > ProjectionPolicy.RowCountMax)
        {
            throw new DocumentException(body.At("rows"), $"1 to {ProjectionPolicy.RowCountMax} rows are wanted here");
        }

        foreach (float[] row in rows)
        {
            if (row.Length != rows[0].Length)
            {
                throw new DocumentException(
                    body.At("rows"), $"rows of one length are wanted, not of {rows[0].Length} and {row.Length}");
            }
        }

        return rows;
    }

    private static float[] ReadRow(JsonElement element, string path) => element.ValueKind == JsonValueKind.Array
        ? [.. element.EnumerateArray().Select((value, at) => (float)DocumentObject.ReadNumber(value, $"{path}[{at}]"))]
        : throw new DocumentException(path, "a row is an array of numbers, one a dimension");

    private static IReadOnlyList<float[]> ReadFile(
        DocumentObject body, Func<string, IReadOnlyList<float[]>>? matrixOf)
    {
        string name = body.String("file", "");
        if (matrixOf is null)
        {
            throw new DocumentException(body.At("file"), "no files are read here: write the matrix as rows");
        }

        try
        {
            return matrixOf(name);
        }
        catch (Exception problem) when (problem is IOException or ArgumentException or UnauthorizedAccessException)
        {
            throw new DocumentException(body.At("file"), problem.Message.ReplaceLineEndings(" "));
        }
    }
}
