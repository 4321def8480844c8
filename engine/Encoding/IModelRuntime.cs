namespace Ebb.Engine.Encoders;

/// <summary>Opens model files. The engine itself has none: whoever opens the engine brings one.</summary>
public interface IModelRuntime
{
    /// <summary>One line for the log: what it is, or why there is none in this build.</summary>
    public string Description { get; }

    public bool IsThere { get; }

    /// <summary>Opens an encoder, checking names, types and ranks of its inputs and outputs.</summary>
    /// <exception cref="BundleException">One line: what is wrong with the file.</exception>
    public ISequenceModel Open(string path, ModelShape shape, ModelProvider provider);

    /// <summary>The same for a model of rows.</summary>
    /// <exception cref="BundleException">One line: what is wrong with the file.</exception>
    public IRowModel OpenRows(string path, RowModelShape shape, ModelProvider provider);
}
