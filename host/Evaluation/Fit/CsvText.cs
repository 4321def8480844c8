namespace Ebb.Evaluation.Fit;

/// <summary>Fields of a CSV, quoted where they must be. Pure.</summary>
internal static class CsvText
{
    public static string Quote(string text) =>
        text.AsSpan().IndexOfAny(",\"\n\r") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
