using System.Text.Encodings.Web;
using System.Text.Json;

namespace Ebb.Evaluation.Studies;

/// <summary>A small table with a title and what must be known to read it.</summary>
public sealed record StudyReport(
    string Title, IReadOnlyList<string> Header, IReadOnlyList<IReadOnlyList<string>> Rows, IReadOnlyList<string> Notes)
{
    private static readonly JsonSerializerOptions JsonForm = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    public string ToJson() => JsonSerializer.Serialize(this, JsonForm);
}
