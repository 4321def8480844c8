namespace Ebb.Engine.Portrait;

/// <summary>
/// A small decision tree that says how likely a user's interest changes in the window to come. Immutable; the first
/// node is the root.
/// </summary>
public sealed class ChangeTree
{
    /// <summary>Weight of the base rate in a leaf's probability, in moments (the m-estimate).</summary>
    private const double PriorCount = 10;

    public ChangeTree(IReadOnlyList<ChangeNode> nodes, FeatureRule rule, ChangeLabel label)
    {
        Nodes = nodes;
        Rule = rule;
        Label = label;
    }

    public IReadOnlyList<ChangeNode> Nodes { get; }

    public FeatureRule Rule { get; }

    public ChangeLabel Label { get; }

    /// <summary>Null where it was not measured.</summary>
    public TreeQuality? Quality { get; init; }

    /// <summary>Share of changes in the training part.</summary>
    public double BaseRate => (double)Nodes[0].Changed / Math.Max(1, Nodes[0].Count);

    public double Probability(ReadOnlySpan<double> features) => ProbabilityOf(Nodes[Find(features)]);

    public double ProbabilityOf(in ChangeNode leaf) =>
        (leaf.Changed + (PriorCount * BaseRate)) / (leaf.Count + PriorCount);

    public ChangeForecast Forecast(ReadOnlySpan<double> features)
    {
        ChangeNode leaf = Nodes[Find(features)];
        var conditions = new List<RuleCondition>();
        for (int at = 0; !Nodes[at].IsLeaf;)
        {
            ChangeNode node = Nodes[at];
            bool isLow = features[node.Feature] <= node.Threshold;
            Narrow(conditions, node, isLow, features[node.Feature]);
            at = isLow ? node.Low : node.High;
        }

        return new ChangeForecast(ProbabilityOf(leaf), BaseRate, Rule.Window)
        {
            TrainedCount = leaf.Count,
            Conditions = conditions,
        };
    }

    /// <summary>Each feature's share of the impurity that the tree takes away; those it asks for alone.</summary>
    public IReadOnlyList<(string Feature, double Share)> Importances()
    {
        double[] gains = new double[BehaviourFeatures.Count];
        foreach (ChangeNode node in Nodes.Where(node => !node.IsLeaf))
        {
            gains[node.Feature] += node.Gain;
        }

        double total = gains.Sum();
        return
        [
            .. gains.Select((gain, feature) => (Feature: BehaviourFeatures.Names[feature], Share: gain / total))
                .Where(one => one.Share > 0).OrderByDescending(one => one.Share),
        ];
    }

    /// <summary>Every rule with what follows from it, the most likely change first.</summary>
    public IReadOnlyList<ChangeForecast> Rules()
    {
        var rules = new List<ChangeForecast>();
        Collect(0, [], rules);
        return [.. rules.OrderByDescending(rule => rule.Probability)];
    }

    private int Find(ReadOnlySpan<double> features)
    {
        int at = 0;
        while (!Nodes[at].IsLeaf)
        {
            at = features[Nodes[at].Feature] <= Nodes[at].Threshold ? Nodes[at].Low : Nodes[at].High;
        }

        return at;
    }

    private void Collect(int at, List<RuleCondition> conditions, List<ChangeForecast> rules)
    {
        ChangeNode node = Nodes[at];
        if (node.IsLeaf)
        {
            rules.Add(new ChangeForecast(ProbabilityOf(node), BaseRate, Rule.Window)
            {
                TrainedCount = node.Count,
                Conditions = conditions,
            });
            return;
        }

        foreach (bool isLow in (bool[])[true, false])
        {
            List<RuleCondition> narrower = [.. conditions];
            Narrow(narrower, node, isLow, double.NaN);
            Collect(isLow ? node.Low : node.High, narrower, rules);
        }
    }

    private static void Narrow(List<RuleCondition> conditions, in ChangeNode node, bool isLow, double value)
    {
        string name = BehaviourFeatures.Names[node.Feature];
        int place = conditions.FindIndex(condition => condition.Feature == name);
        RuleCondition before = place < 0
            ? new RuleCondition(name, double.NegativeInfinity, double.PositiveInfinity, value)
            : conditions[place];
        RuleCondition after = isLow
            ? before with { High = Math.Min(before.High, node.Threshold) }
            : before with { Low = Math.Max(before.Low, node.Threshold) };
        if (place < 0)
        {
            conditions.Add(after);
        }
        else
        {
            conditions[place] = after;
        }
    }
}
