using System.CommandLine;
using Ebb.Engine.Privacy;

namespace Ebb.Server.Commands;

/// <summary>The options of <c>ebb serve</c> that keep reports about the population from telling of one user.</summary>
internal sealed class PrivacyServeOptions
{
    private static readonly PrivacyOptions Defaults = new() { Epsilon = 1 };

    private readonly Option<double?> _epsilon = new("--privacy-epsilon")
    {
        Description = "Differential privacy of FLOWS and TRENDS: epsilon of one release, one of which is made a"
            + " period. Left out: figures as they are.",
        HelpName = "EPSILON",
    };

    private readonly Option<double> _contribution = new("--privacy-contribution")
    {
        Description = "What one user may add, in events (flows) or weight (trends), for epsilon to hold.",
        DefaultValueFactory = _ => Defaults.Contribution,
    };

    private readonly Option<HumanDuration> _period = CommandOptions.Duration(
        "--privacy-period", "How long a release is answered from.", Defaults.Period);

    private readonly Option<double?> _budget = new("--privacy-budget")
    {
        Description = "Epsilon that may be spent within --privacy-budget-period; then reports are refused. Default: 30"
            + " releases.",
        HelpName = "EPSILON",
    };

    private readonly Option<HumanDuration> _budgetPeriod = CommandOptions.Duration(
        "--privacy-budget-period", "See --privacy-budget.", Defaults.BudgetPeriod);

    public void AddTo(Command command)
    {
        command.Options.Add(_epsilon);
        command.Options.Add(_contribution);
        command.Options.Add(_period);
        command.Options.Add(_budget);
        command.Options.Add(_budgetPeriod);
    }

    /// <summary>Null: no privacy was asked for.</summary>
    public PrivacyOptions? Read(ParseResult parsed) => parsed.GetValue(_epsilon) is not { } epsilon
        ? null
        : new PrivacyOptions
        {
            Epsilon = epsilon,
            Contribution = parsed.GetValue(_contribution),
            Period = parsed.GetValue(_period).Value,
            Budget = parsed.GetValue(_budget),
            BudgetPeriod = parsed.GetValue(_budgetPeriod).Value,
        };
}
