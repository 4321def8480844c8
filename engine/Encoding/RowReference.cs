using System.Text.Json;

namespace Ebb.Engine.Encoders;

/// <summary>
/// Rows for a model of rows and what the training framework made of each, as JSON
/// <c>{"inputs": [[…]], "expected": [[…]]}</c>: compared at each start. Immutable.
/// </summary>
internal sealed class RowReference
{
    private readonly string _name;
    private readonly double[][] _inputs;
    private readonly double[][] _expected;

    private RowReference(string name, double[][] inputs, double[][] expected)
    {
        _name = name;
        _inputs = inputs;
        _expected = expected;
    }

    /// <exception cref="BundleException">No JSON, or not of the model's shape.</exception>
    public static RowReference Read(string name, byte[] json, RowModelShape shape)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            double[][] inputs = Rows(document.RootElement.GetProperty("inputs"));
            double[][] expected = Rows(document.RootElement.GetProperty("expected"));
            return inputs.Length > 0 && inputs.Length == expected.Length
                && inputs.All(row => row.Length == shape.InputWidth)
                && expected.All(row => row.Length == shape.OutputWidth)
                    ? new RowReference(name, inputs, expected)
                    : throw new BundleException($"{name}: its rows are not of the shape that the manifest says");
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException
            or InvalidOperationException or FormatException)
        {
            throw new BundleException($"{name}: {failure.Message}", failure);
        }
    }

    /// <exception cref="BundleException">The model says something else, or something that is no number.</exception>
    public void Check(IRowLane lane, RowModelShape shape)
    {
        for (int start = 0; start < _inputs.Length; start += shape.RowCountMax)
        {
            int count = Math.Min(shape.RowCountMax, _inputs.Length - start);
            for (int cell = 0; cell < count * shape.InputWidth; cell++)
            {
                double value = _inputs[start + (cell / shape.InputWidth)][cell % shape.InputWidth];
                if (shape.ReadsNumbers)
                {
                    lane.Numbers[cell] = (long)value;
                }
                else
                {
                    lane.Inputs[cell] = (float)value;
                }
            }

            lane.Run(count);
            for (int row = 0; row < count; row++)
            {
                ReferenceBatch.Compare(
                    _name, lane.Output.AsSpan(row * shape.OutputWidth, shape.OutputWidth), _expected[start + row],
                    start + row);
            }
        }
    }

    private static double[][] Rows(JsonElement array) =>
        [.. array.EnumerateArray().Select(row => row.EnumerateArray().Select(value => value.GetDouble()).ToArray())];
}
