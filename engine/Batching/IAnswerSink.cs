namespace Ebb.Engine.Batching;

/// <summary>
/// Where answers gather before they leave. Flush may come from several threads, and more often than needed.
/// </summary>
public interface IAnswerSink
{
    public void Flush();
}
