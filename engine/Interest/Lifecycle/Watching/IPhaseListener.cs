namespace Ebb.Engine.Interest.Lifecycle.Watching;

/// <summary>Is told when phases of a watched user change.</summary>
public interface IPhaseListener
{
    /// <summary>
    /// Once for all that changed at a moment, in the order of the moments, on an engine thread that serves others: be
    /// quick, never wait, do not throw. May still be told once while the watch is being disposed.
    /// </summary>
    public void PhasesChanged(PhaseWatch watch, IReadOnlyList<PhaseChange> changes, long atMs);
}
