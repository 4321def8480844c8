using System.Text.Json;

namespace Ebb.Engine.Interest.Curves;

/// <summary>
/// Reads a decay function as Elasticsearch users write it:
/// <c>{"gauss": {"origin": "now", "scale": "10d", "offset": "5d", "decay": 0.5}}</c>, with or without the name of a
/// field around the inner object.
/// </summary>
public static class ElasticDecayJson
{
    /// <exception cref="JsonException">Not such a function; the message names the place and the remedy.</exception>
    public static ElasticDecay Read(JsonElement element)
    {
        JsonProperty function = Only(element, "a decay function");
        ElasticFunction kind = function.Name switch
        {
            "gauss" => ElasticFunction.Gauss,
            "exp" => ElasticFunction.Exp,
            "linear" => ElasticFunction.Linear,
            _ => throw new JsonException($"'{function.Name}' is no decay function: write gauss, exp or linear"),
        };
        JsonElement body = function.Value;
        if (body.ValueKind == JsonValueKind.Object && !body.TryGetProperty("scale", out _))
        {
            body = Only(body, function.Name).Value;
        }

        ElasticDecay decay = ReadBody(kind, body, function.Name);
        return decay.Problem is { } problem ? throw new JsonException($"{function.Name}: {problem}") : decay;
    }

    private static ElasticDecay ReadBody(ElasticFunction kind, JsonElement body, string path)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException($"{path}: an object with scale, and if wanted origin, offset and decay");
        }

        TimeSpan? scale = null;
        TimeSpan offset = TimeSpan.Zero;
        double decay = 0.5;
        foreach (JsonProperty property in body.EnumerateObject())
        {
            string at = $"{path}.{property.Name}";
            switch (property.Name)
            {
                case "origin":
                    RequireNow(property.Value, at);
                    break;
                case "scale":
                    scale = ReadTime(property.Value, at);
                    break;
                case "offset":
                    offset = IsZero(property.Value) ? TimeSpan.Zero : ReadTime(property.Value, at);
                    break;
                case "decay":
                    decay = property.Value.ValueKind == JsonValueKind.Number
                        ? property.Value.GetDouble()
                        : throw new JsonException($"{at}: a number between 0 and 1");
                    break;
                default:
                    throw new JsonException($"{at} is not known: there are origin, scale, offset and decay");
            }
        }

        return new ElasticDecay(kind, scale ?? throw new JsonException($"{path}.scale is missing"))
        {
            Offset = offset,
            Decay = decay,
        };
    }

    private static JsonProperty Only(JsonElement element, string what)
    {
        if (element.ValueKind != JsonValueKind.Object || element.EnumerateObject().Count() != 1)
        {
            throw new JsonException($"{what}: an object with one key is wanted");
        }

        return element.EnumerateObject().First();
    }

    private static void RequireNow(JsonElement value, string at)
    {
        if (value.ValueKind != JsonValueKind.String || value.GetString() != "now")
        {
            throw new JsonException($"{at}: only \"now\"; a curve sees the age of an event and no date");
        }
    }

    private static bool IsZero(JsonElement value) =>
        (value.ValueKind == JsonValueKind.Number && value.GetDouble() == 0)
        || (value.ValueKind == JsonValueKind.String && value.GetString() is "0" or "0d" or "0h" or "0m" or "0s");

    private static TimeSpan ReadTime(JsonElement value, string at) =>
        value.ValueKind == JsonValueKind.String
            && DurationText.TryParse(value.GetString(), out TimeSpan time)
            && time != MemorySchema.Never
                ? time
                : throw new JsonException($"{at}: a time such as \"90 s\", \"12 h\" or \"30 d\"");
}
