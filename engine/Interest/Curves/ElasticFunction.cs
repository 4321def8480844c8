namespace Ebb.Engine.Interest.Curves;

/// <summary>The decay functions that Elasticsearch's function_score has.</summary>
public enum ElasticFunction : byte
{
    Gauss = 0,
    Exp = 1,
    Linear = 2,
}
