using System.Text.Json;

namespace Ebb.Engine.Encoders;

/// <summary>
/// A batch and what the model made of it where it was trained: what every start compares with. Immutable.
/// </summary>
internal sealed class ReferenceBatch
{
    public const string FileName = "reference.json";

    /// <summary>How far a value may be from the one expected, beside numbers of the size of 1.</summary>
    public const double Tolerance = 1e-4;

    public required long[][] ItemIds { get; init; }

    public required int[] Lengths { get; init; }

    /// <summary>Null where the model reads none.</summary>
    public float[][]? Ages { get; init; }

    public long[][]? Types { get; init; }

    public required double[][] Expected { get; init; }

    /// <summary>Of the head, logits; null where the model has none.</summary>
    public double[][]? ExpectedCategories { get; init; }

    public int Count => ItemIds.Length;

    /// <exception cref="BundleException">No JSON, or not of the manifest's shape.</exception>
    public static ReferenceBatch Read(byte[] json, BundleManifest manifest)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            var batch = new ReferenceBatch
            {
                ItemIds = Rows(root.GetProperty("item_ids"), value => value.GetInt64()),
                Lengths = [.. root.GetProperty("lengths").EnumerateArray().Select(value => value.GetInt32())],
                Ages = root.TryGetProperty("ages", out JsonElement ages)
                    ? Rows(ages, value => value.GetSingle())
                    : null,
                Types = root.TryGetProperty("types", out JsonElement types)
                    ? Rows(types, value => value.GetInt64())
                    : null,
                Expected = Rows(root.GetProperty("expected"), value => value.GetDouble()),
                ExpectedCategories = root.TryGetProperty("expected_categories", out JsonElement categories)
                    ? Rows(categories, value => value.GetDouble())
                    : null,
            };
            return batch.Fits(manifest)
                ? batch
                : throw new BundleException($"{FileName}: its rows are not of the shape that the manifest says");
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException
            or InvalidOperationException or FormatException)
        {
            throw new BundleException($"{FileName}: {failure.Message}", failure);
        }
    }

    /// <summary>Runs it, so many rows at a time, and compares.</summary>
    /// <exception cref="BundleException">The model says something else, or something that is no number.</exception>
    public void Check(ISequenceModel model, int rowCount = SequenceBatch.RowCountMax)
    {
        if ((model.WantsAges && Ages is null) || (model.WantsTypes && Types is null))
        {
            string input = model.WantsAges && Ages is null ? "ages" : "types";
            throw new BundleException($"{FileName}: the model reads {input}, and there are none");
        }

        for (int start = 0; start < Count; start += rowCount)
        {
            int count = Math.Min(rowCount, Count - start);
            Fill(model.Batch, start, count);
            model.Run();
            for (int row = 0; row < count; row++)
            {
                Compare(FileName, model.Batch.Vector(row), Expected[start + row], start + row);
                if (model.Batch.CategoryCount > 0)
                {
                    Compare(
                        FileName, model.Batch.Logits(row), ExpectedCategories![start + row], start + row);
                }
            }
        }
    }

    /// <summary>One row of any model against what is expected of it.</summary>
    /// <exception cref="BundleException">They differ.</exception>
    public static void Compare(string file, ReadOnlySpan<float> found, double[] expected, int row)
    {
        for (int d = 0; d < found.Length; d++)
        {
            // Not the other way round: a NaN is no difference that is too large.
            if (!(Math.Abs(found[d] - expected[d]) <= Tolerance * Math.Max(1, Math.Abs(expected[d]))))
            {
                throw new BundleException(
                    $"{file}: row {row} gives {found[d]} in dimension {d}, {expected[d]} was expected");
            }
        }
    }

    private static T[][] Rows<T>(JsonElement array, Func<JsonElement, T> read) =>
        [.. array.EnumerateArray().Select(row => row.EnumerateArray().Select(read).ToArray())];

    private bool Fits(BundleManifest manifest) =>
        Count > 0 && Lengths.Length == Count && Expected.Length == Count
        && Expected.All(row => row.Length == manifest.Shape.Dimension)
        && (manifest.Shape.CategoryCount == 0 || (ExpectedCategories?.Length == Count
            && ExpectedCategories.All(row => row.Length == manifest.Shape.CategoryCount)))
        && Lengths.All(length => length >= 0 && length <= manifest.Shape.LengthMax)
        && Enumerable.Range(0, Count).All(row => ItemIds[row].Length >= Lengths[row]
            && ItemIds[row].All(item => item >= 0 && item <= manifest.ItemCount))
        && (Ages is null || (Ages.Length == Count && Ages.Zip(Lengths).All(pair => pair.First.Length >= pair.Second)))
        && (Types is null || (Types.Length == Count
            && Types.Zip(Lengths).All(pair => pair.First.Length >= pair.Second)));

    private void Fill(SequenceBatch batch, int start, int count)
    {
        batch.Begin(count, Lengths.AsSpan(start, count).ToArray().Max());
        for (int row = 0; row < count; row++)
        {
            int length = Lengths[start + row];
            int at = row * batch.Length;
            batch.Lengths[row] = length;
            ItemIds[start + row].AsSpan(0, length).CopyTo(batch.ItemIds.AsSpan(at));
            Ages?[start + row].AsSpan(0, length).CopyTo(batch.Ages.AsSpan(at));
            Types?[start + row].AsSpan(0, length).CopyTo(batch.Types.AsSpan(at));
        }
    }
}
