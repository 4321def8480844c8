namespace Ebb.Engine.Batching;

/// <summary>
/// Told once when a request is answered, on an engine thread: copy what is needed and return at once.
/// </summary>
public interface IRequestCompletion
{
    public void Completed(EngineRequest request);
}
