using Ebb.Engine.Interest.Flows;

namespace Ebb.Engine.Sources;

/// <summary>What a blend reads beside the user; shared by all partitions, any thread.</summary>
internal sealed record BlendInputs(PopulationSources Sources, CatalogueSpread Spread, PopulationFlows Flows);
