using System.Text.Json;
using Ebb.Engine.Interest;
using Ebb.Kernels.Decay;

namespace Ebb.Engine.Policy;

/// <summary>
/// A memory schema as people write it: half-lives in words ("90 s", "30 d", "never"), missing keys with their defaults,
/// unknown ones refused. The engine's own form of it is <see cref="MemorySchemaJson"/>.
/// </summary>
public static class MemorySchemaDocument
{
    private static readonly Dictionary<string, ImpulseScale> Scales = new()
    {
        ["none"] = ImpulseScale.None,
        ["linear"] = ImpulseScale.Linear,
        ["logarithmic"] = ImpulseScale.Logarithmic,
    };

    private static readonly Dictionary<string, BurstScope> Scopes = new()
    {
        ["user"] = BurstScope.User,
        ["item"] = BurstScope.Item,
        ["type"] = BurstScope.Type,
        ["item_and_type"] = BurstScope.ItemAndType,
    };

    /// <exception cref="DocumentException">Names the JSON path and the remedy.</exception>
    public static MemorySchema Read(string json)
    {
        using JsonDocument document = PolicyDocument.Parse(json);
        DocumentObject body = new(document.RootElement, "$");
        MemorySchema plain = new();
        EventTypeRule[] types = ReadTypes(body);
        MemorySchema schema = plain with
        {
            Number = (uint)body.Whole("number", 1, 1, int.MaxValue),
            HalfLives = body.Has("half_lives") ? ReadHalfLives(body) : plain.HalfLives,
            DimensionRates = ReadRates(body),
            EventTypes = types.Length == 0 ? plain.EventTypes : types,
            PopularityHalfLife = body.Time("popularity_half_life", plain.PopularityHalfLife, mayBeNever: true),
            RecentEventCount = body.Whole(
                "recent_events", plain.RecentEventCount, 1, MemorySchema.RecentEventCountMax),
            FutureTolerance = body.Time("future_tolerance", plain.FutureTolerance),
            ParkingWindow = body.Time("parking_window", plain.ParkingWindow),
            ParkedCountMax = body.Whole("parked_max", plain.ParkedCountMax, 0, 1 << 20),
            ExpireAfter = ReadExpiry(body),
            BurstCap = body.Object("burst_cap") is { } cap ? ReadCap(cap) : null,
            Trends = body.Object("trends") is { } trends ? CounterRulesDocument.ReadTrends(trends) : null,
            Flows = body.Object("flows") is { } flows ? CounterRulesDocument.ReadFlows(flows) : null,
        };
        schema = schema with { CategorySplits = ReadSplits(body, schema.HalfLives) };
        body.End();
        return schema;
    }

    private static TimeSpan[] ReadHalfLives(DocumentObject body)
    {
        TimeSpan[] halfLives =
        [
            .. body.Array("half_lives").Select(at => DocumentObject.ReadTime(at.Element, at.Path, mayBeNever: true)),
        ];
        return halfLives.Length is >= 1 and <= BankShape.HalfLifeCountMax
            ? halfLives
            : throw new DocumentException(
                body.At("half_lives"), $"1 to {BankShape.HalfLifeCountMax} half-lives are wanted: [\"30 d\"]");
    }

    private static double[] ReadRates(DocumentObject body)
    {
        double[] rates = body.Numbers("dimension_rates");
        int bad = Array.FindIndex(rates, rate => !(rate > 0) || double.IsInfinity(rate));
        return bad < 0
            ? rates
            : throw new DocumentException(
                $"{body.At("dimension_rates")}[{bad}]", $"a rate above 0 is wanted, not {rates[bad]}; 1 is the usual");
    }

    private static EventTypeRule[] ReadTypes(DocumentObject body)
    {
        var types = new List<EventTypeRule>();
        foreach ((JsonElement element, string path) in body.Array("event_types"))
        {
            EventTypeRule type = ReadType(element, path);
            if (types.Exists(other => other.Type == type.Type))
            {
                throw new DocumentException($"{path}.type", $"{type.Type} is defined twice: leave one out");
            }

            types.Add(type);
        }

        return [.. types];
    }

    private static TimeSpan? ReadExpiry(DocumentObject body)
    {
        TimeSpan after = body.Time("expire_after", MemorySchema.Never, mayBeNever: true);
        if (after == MemorySchema.Never)
        {
            return null;
        }

        return after >= MemorySchemaRules.ExpireAfterMin && after <= MemorySchemaRules.ExpireAfterMax
            ? after
            : throw new DocumentException(
                body.At("expire_after"), "from a minute to a century is wanted, or never: \"400 d\" is usual");
    }

    private static BurstCap ReadCap(DocumentObject body)
    {
        if (!body.Has("weight"))
        {
            throw new DocumentException(body.At("weight"), "is missing: the most weight that a window takes");
        }

        BurstCap cap = new(
            (float)body.Number("weight", 1, 1e-6, ImpulseRule.WeightMax),
            body.Time("window", null),
            body.Word("per", BurstScope.Item, Scopes));
        body.End();
        return cap;
    }

    private static CategorySplit[] ReadSplits(DocumentObject body, IReadOnlyList<TimeSpan> halfLives)
    {
        var splits = new List<CategorySplit>();
        foreach ((JsonElement element, string path) in body.Array("category_splits"))
        {
            CategorySplit split = ReadSplit(new DocumentObject(element, path), halfLives);
            if (splits.Exists(other => other.Category == split.Category))
            {
                throw new DocumentException($"{path}.category", $"{split.Category} is split twice: leave one out");
            }

            splits.Add(split);
        }

        return splits.Count <= CategorySplit.CountMax
            ? [.. splits]
            : throw new DocumentException(body.At("category_splits"), $"at most {CategorySplit.CountMax} categories");
    }

    private static CategorySplit ReadSplit(DocumentObject body, IReadOnlyList<TimeSpan> halfLives)
    {
        string category = body.String("category", "");
        if (category.Length == 0)
        {
            throw new DocumentException(body.At("category"), "is missing: the category whose events are split");
        }

        double[] shares = new double[halfLives.Count];
        string at = body.At("split");
        JsonElement given = body.Element("split");
        if (given.ValueKind != JsonValueKind.Object)
        {
            throw new DocumentException(at, "an object of half-lives and shares is wanted: {\"30 d\": 0.5}");
        }

        foreach (JsonProperty share in given.EnumerateObject())
        {
            int place = DurationText.TryParse(share.Name, out TimeSpan halfLife)
                ? halfLives.ToList().IndexOf(halfLife)
                : -1;
            if (place < 0)
            {
                string known = string.Join(", ", halfLives.Select(DurationText.Format));
                throw new DocumentException(
                    $"{at}[\"{share.Name}\"]", $"is not a half-life of the bank; these are: {known}");
            }

            shares[place] = ReadShare(share.Value, $"{at}[\"{share.Name}\"]");
        }

        body.End();
        return shares.Any(share => share > 0)
            ? new CategorySplit(category, shares)
            : throw new DocumentException(at, "at least one share above 0 is wanted");
    }

    private static double ReadShare(JsonElement element, string path)
    {
        double share = DocumentObject.ReadNumber(element, path);
        return share is >= 0 and <= 1
            ? share
            : throw new DocumentException(path, $"a share from 0 to 1 is wanted, not {element.GetRawText()}");
    }

    private static EventTypeRule ReadType(JsonElement element, string path)
    {
        DocumentObject body = new(element, path);
        EventTypeRule rule = new(
            (byte)body.Whole("type", 0, 0, EventTypes.CountMax - 1),
            body.String("name", ""),
            (float)body.Number("weight", 1, -ImpulseRule.WeightMax, ImpulseRule.WeightMax),
            body.Word("scale", ImpulseScale.None, Scales));
        if (!body.Has("type"))
        {
            throw new DocumentException(body.At("type"), $"is missing: a number from 0 to {EventTypes.CountMax - 1}");
        }

        body.End();
        return rule;
    }
}
