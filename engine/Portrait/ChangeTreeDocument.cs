using System.Text.Json;
using System.Text.Json.Nodes;
using Ebb.Engine.Interest;
using Ebb.Engine.Policy;

namespace Ebb.Engine.Portrait;

/// <summary>
/// A change tree as JSON: <c>{"format": "ebb-change-tree", "version": 1, "features": …, "label": …, "quality": …,
/// "nodes": […]}</c>. Reading checks all of it: a file that was damaged, cut off or made by a later build is refused.
/// </summary>
public static class ChangeTreeDocument
{
    public const string Format = "ebb-change-tree";
    public const int Version = 1;

    /// <summary>A whole tree of the greatest depth.</summary>
    public const int NodeCountMax = (1 << (CartOptions.DepthMaxMax + 1)) - 1;

    private static readonly JsonSerializerOptions Form = new() { WriteIndented = true };

    public static string Write(ChangeTree tree)
    {
        var root = new JsonObject
        {
            ["format"] = Format,
            ["version"] = Version,
            ["features"] = new JsonObject
            {
                ["half_life"] = DurationText.Format(tree.Rule.HalfLife),
                ["remembered_events"] = tree.Rule.RememberedEvents,
                ["window"] = DurationText.Format(tree.Rule.Window),
            },
            ["label"] = new JsonObject
            {
                ["kind"] = tree.Label.DriftFrom is null ? "top" : "drift",
                ["drift_from"] = tree.Label.DriftFrom,
                ["events_min"] = tree.Label.EventsMin,
            },
            ["quality"] = tree.Quality is null ? null : Write(tree.Quality),
            ["nodes"] = new JsonArray([.. tree.Nodes.Select(Write)]),
        };
        return root.ToJsonString(Form);
    }

    /// <exception cref="DocumentException">One line: the place, and what is wrong there.</exception>
    public static ChangeTree Read(string json)
    {
        using JsonDocument document = PolicyDocument.Parse(json);
        var root = new DocumentObject(document.RootElement, "$");
        if (root.String("format", "") != Format)
        {
            throw new DocumentException("$.format", $"\"{Format}\" is wanted: this is no change tree of ebb portrait");
        }

        int version = root.Whole("version", 0, 0, int.MaxValue);
        if (version != Version)
        {
            throw new DocumentException("$.version", $"this build reads version {Version}, not {version}: train again");
        }

        FeatureRule rule = ReadRule(Wanted(root, "features"));
        ChangeLabel label = ReadLabel(Wanted(root, "label"));
        TreeQuality? quality = root.Object("quality") is { } measured ? ReadQuality(measured) : null;
        ChangeNode[] nodes = [.. root.Array("nodes").Select(at => ReadNode(new DocumentObject(at.Element, at.Path)))];
        root.End();
        Check(nodes);
        return new ChangeTree(nodes, rule, label) { Quality = quality };
    }

    private static DocumentObject Wanted(DocumentObject root, string key) =>
        root.Object(key) ?? throw new DocumentException(root.At(key), "is missing: the file is not whole");

    private static FeatureRule ReadRule(DocumentObject at)
    {
        var rule = new FeatureRule
        {
            HalfLife = at.Time("half_life", null),
            RememberedEvents = at.Whole("remembered_events", 0, 1, MemorySchema.RecentEventCountMax),
            Window = at.Time("window", null),
        };
        at.End();
        return rule.HalfLife > TimeSpan.Zero && rule.Window > TimeSpan.Zero && rule.RememberedEvents > 0
            ? rule
            : throw new DocumentException(at.Path, "half_life, window and remembered_events are above 0");
    }

    private static ChangeLabel ReadLabel(DocumentObject at)
    {
        string kind = at.String("kind", "");
        double driftFrom = at.Number("drift_from", double.NaN, 0, 2);
        int eventsMin = at.Whole("events_min", 1, 1, int.MaxValue);
        at.End();
        return (kind, double.IsNaN(driftFrom)) switch
        {
            ("top", _) => new ChangeLabel { EventsMin = eventsMin },
            ("drift", false) => new ChangeLabel { EventsMin = eventsMin, DriftFrom = driftFrom },
            _ => throw new DocumentException(at.At("kind"), "\"top\", or \"drift\" with drift_from, is wanted"),
        };
    }

    private static JsonObject Write(TreeQuality quality) => new()
    {
        ["train_count"] = quality.TrainCount,
        ["test_count"] = quality.TestCount,
        ["test_rate"] = quality.TestRate,
        ["auc"] = quality.Auc,
        ["auc_error"] = quality.AucError,
        ["accuracy"] = quality.Accuracy,
        ["base_accuracy"] = quality.BaseAccuracy,
        ["brier"] = quality.Brier,
        ["base_brier"] = quality.BaseBrier,
    };

    private static TreeQuality ReadQuality(DocumentObject at)
    {
        double Share(string key) => at.Number(key, 0, 0, 1);
        var quality = new TreeQuality
        {
            TrainCount = at.Whole("train_count", 0, 0, int.MaxValue),
            TestCount = at.Whole("test_count", 0, 0, int.MaxValue),
            TestRate = Share("test_rate"),
            Auc = Share("auc"),
            AucError = Share("auc_error"),
            Accuracy = Share("accuracy"),
            BaseAccuracy = Share("base_accuracy"),
            Brier = Share("brier"),
            BaseBrier = Share("base_brier"),
        };
        at.End();
        return quality;
    }

    private static JsonNode Write(ChangeNode node)
    {
        var written = new JsonObject { ["count"] = node.Count, ["changed"] = node.Changed };
        if (!node.IsLeaf)
        {
            written["feature"] = BehaviourFeatures.Names[node.Feature];
            written["threshold"] = node.Threshold;
            written["low"] = node.Low;
            written["high"] = node.High;
            written["gain"] = node.Gain;
        }

        return written;
    }

    private static ChangeNode ReadNode(DocumentObject at)
    {
        var node = new ChangeNode(at.Whole("count", -1, 0, int.MaxValue), at.Whole("changed", -1, 0, int.MaxValue));
        if (at.Has("feature"))
        {
            string name = at.String("feature", "");
            int feature = BehaviourFeatures.IndexOf(name);
            node = feature < 0
                ? throw new DocumentException(at.At("feature"), $"this build knows no feature '{name}'")
                : node with
                {
                    Feature = feature,
                    Threshold = at.Number("threshold", double.NaN, double.MinValue, double.MaxValue),
                    Low = at.Whole("low", 0, 0, NodeCountMax),
                    High = at.Whole("high", 0, 0, NodeCountMax),
                    Gain = at.Number("gain", 0, 0, double.MaxValue),
                };
        }

        at.End();
        return node;
    }

    /// <summary>Every node but the root is the child of one before it, and the counts add up.</summary>
    private static void Check(ChangeNode[] nodes)
    {
        if (nodes.Length is 0 or > NodeCountMax)
        {
            throw new DocumentException("$.nodes", $"1 to {NodeCountMax} nodes are wanted, not {nodes.Length}");
        }

        int[] parents = new int[nodes.Length];
        for (int index = 0; index < nodes.Length; index++)
        {
            ChangeNode node = nodes[index];
            bool isCounted = node.Changed >= 0 && node.Changed <= node.Count;
            bool isJoined = node.IsLeaf || (!double.IsNaN(node.Threshold) && Children(nodes, index));
            if (!isCounted || !isJoined)
            {
                throw new DocumentException(
                    $"$.nodes[{index}]", "the node does not fit the tree: the file was damaged, train again");
            }

            if (!node.IsLeaf)
            {
                parents[node.Low]++;
                parents[node.High]++;
            }
        }

        int stray = Array.FindIndex(parents, 1, count => count != 1);
        if (stray > 0)
        {
            throw new DocumentException(
                $"$.nodes[{stray}]", $"the node has {parents[stray]} parents: the file was damaged, train again");
        }
    }

    private static bool Children(ChangeNode[] nodes, int index)
    {
        ChangeNode node = nodes[index];
        return node.Low > index && node.High > index && node.Low < nodes.Length && node.High < nodes.Length
            && nodes[node.Low].Count + nodes[node.High].Count == node.Count
            && nodes[node.Low].Changed + nodes[node.High].Changed == node.Changed;
    }
}
