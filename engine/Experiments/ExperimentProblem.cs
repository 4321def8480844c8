namespace Ebb.Engine.Experiments;

/// <summary>Why experiments cannot be: where in the document (a JSON path), and what to write instead.</summary>
public readonly record struct ExperimentProblem(string Path, string Text)
{
    public override string ToString() => $"{Path}: {Text}";
}
