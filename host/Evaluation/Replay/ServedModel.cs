using System.Globalization;
using Ebb.Engine.Sources;

namespace Ebb.Evaluation.Replay;

/// <summary>What the engine is asked to serve with: the half-life of its one exponential, and the blend.</summary>
public sealed record ServedModel(TimeSpan HalfLife, SourcePolicy Sources)
{
    /// <summary><c>half-life 1min, vector 1, transitions 0.5</c>.</summary>
    public string Describe()
    {
        string halfLife = "half-life " + HalfLifeText.Format(HalfLife);
        return Sources.IsVectorAlone
            ? halfLife
            : string.Join(", ", Enum.GetValues<SourceKind>().Where(kind => Sources.Weight(kind) != 0)
                .Select(kind => string.Create(
                    CultureInfo.InvariantCulture, $"{SourceText.NameOf(kind)} {Sources.Weight(kind):0.###}"))
                .Prepend(halfLife));
    }
}
