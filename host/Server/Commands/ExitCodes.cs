namespace Ebb.Server.Commands;

/// <summary>What the process tells its caller.</summary>
public static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>The command could not do its work; one line on stderr says why and what to do.</summary>
    public const int Failed = 1;

    /// <summary>The command line itself is wrong.</summary>
    public const int Usage = 2;
}
