namespace Ebb.Server.Prove;

public enum ProveVerdict
{
    Pass,
    Fail,

    /// <summary>Not looked at here, and why.</summary>
    Skip,
}
