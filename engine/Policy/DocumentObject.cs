using System.Text.Json;
using Ebb.Engine.Interest;

namespace Ebb.Engine.Policy;

/// <summary>
/// One object of a document while it is read: every key is asked for by name, and <see cref="End"/> refuses those that
/// nobody asked for. One thread.
/// </summary>
internal sealed class DocumentObject
{
    private readonly JsonElement _element;
    private readonly List<string> _asked = [];

    public DocumentObject(JsonElement element, string path)
    {
        Path = path;
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new DocumentException(path, $"an object is wanted here, not {Kind(element)}");
        }

        _element = element;
        var seen = new HashSet<string>();
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (!seen.Add(property.Name))
            {
                throw new DocumentException(At(property.Name), "the key stands there twice: leave one out");
            }
        }
    }

    public string Path { get; }

    public bool Has(string key) => TryGet(key, out _);

    public string At(string key) => $"{Path}.{key}";

    public double Number(string key, double ifMissing, double min, double max)
    {
        if (!TryGet(key, out JsonElement value))
        {
            return ifMissing;
        }

        double number = value.ValueKind == JsonValueKind.Number ? value.GetDouble() : double.NaN;
        return number >= min && number <= max
            ? number
            : throw new DocumentException(At(key), $"a number from {min} to {max} is wanted, not {Text(value)}");
    }

    public int Whole(string key, int ifMissing, int min, int max)
    {
        double number = Number(key, ifMissing, min, max);
        return number == Math.Floor(number)
            ? (int)number
            : throw new DocumentException(At(key), $"a whole number from {min} to {max} is wanted, not {number}");
    }

    public bool Flag(string key, bool ifMissing)
    {
        if (!TryGet(key, out JsonElement value))
        {
            return ifMissing;
        }

        return value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw new DocumentException(At(key), $"true or false is wanted, not {Text(value)}");
    }

    public string String(string key, string ifMissing)
    {
        if (!TryGet(key, out JsonElement value))
        {
            return ifMissing;
        }

        return value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new DocumentException(At(key), $"a text is wanted, not {Text(value)}");
    }

    /// <summary>One of a few words.</summary>
    public T Word<T>(string key, T ifMissing, IReadOnlyDictionary<string, T> words)
    {
        if (!TryGet(key, out JsonElement value))
        {
            return ifMissing;
        }

        return value.ValueKind == JsonValueKind.String && words.TryGetValue(value.GetString()!, out T? word)
            ? word
            : throw new DocumentException(
                At(key), $"one of {string.Join(", ", words.Keys)} is wanted, not {Text(value)}");
    }

    public TimeSpan Time(string key, TimeSpan? ifMissing, bool mayBeNever = false)
    {
        if (TryGet(key, out JsonElement value))
        {
            return ReadTime(value, At(key), mayBeNever);
        }

        return ifMissing ?? throw new DocumentException(At(key), "is missing: a time such as \"90 s\" or \"30 d\"");
    }

    /// <summary>The elements of an array with their paths; empty where the key is missing.</summary>
    public IEnumerable<(JsonElement Element, string Path)> Array(string key)
    {
        if (!TryGet(key, out JsonElement value))
        {
            return [];
        }

        return value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray().Select((element, index) => (element, $"{At(key)}[{index}]"))
            : throw new DocumentException(At(key), $"an array is wanted, not {Text(value)}");
    }

    public double[] Numbers(string key) => [.. Array(key).Select(at => ReadNumber(at.Element, at.Path))];

    public DocumentObject? Object(string key) =>
        TryGet(key, out JsonElement value) ? new DocumentObject(value, At(key)) : null;

    public JsonElement Element(string key) => TryGet(key, out JsonElement value) ? value : default;

    /// <summary>Refuses keys that nobody asked for.</summary>
    public void End()
    {
        foreach (JsonProperty property in _element.EnumerateObject())
        {
            if (!_asked.Contains(property.Name))
            {
                string known = string.Join(", ", _asked.Distinct());
                throw new DocumentException(
                    At(property.Name), $"there is no such key; {Nearest(property.Name)}these are: {known}");
            }
        }
    }

    public static TimeSpan ReadTime(JsonElement value, string path, bool mayBeNever)
    {
        string never = mayBeNever ? ", or \"never\"," : "";
        return value.ValueKind == JsonValueKind.String
            && DurationText.TryParse(value.GetString(), out TimeSpan time)
            && (mayBeNever || time != MemorySchema.Never)
                ? time
                : throw new DocumentException(
                    path, $"a time such as \"90 s\", \"12 h\" or \"30 d\"{never} is wanted, not {Text(value)}");
    }

    public static double ReadNumber(JsonElement value, string path) => value.ValueKind == JsonValueKind.Number
        ? value.GetDouble()
        : throw new DocumentException(path, $"a number is wanted, not {Text(value)}");

    private bool TryGet(string key, out JsonElement value)
    {
        _asked.Add(key);
        return _element.TryGetProperty(key, out value) && value.ValueKind != JsonValueKind.Null;
    }

    // A slip of the keyboard is a letter or two away.
    private string Nearest(string key)
    {
        string? near = _asked.Distinct().Where(asked => Distance(asked, key) <= 2).MinBy(asked => Distance(asked, key));
        return near is null ? "" : $"was {near} meant? ";
    }

    /// <summary>Levenshtein's distance: insertions, deletions and replacements from one to the other.</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }

    private static string Kind(JsonElement value) => value.ValueKind.ToString().ToLowerInvariant();

    private static string Text(JsonElement value)
    {
        string raw = value.GetRawText();
        return raw.Length <= 40 ? raw : Kind(value);
    }
}
