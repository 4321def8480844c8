namespace Ebb.TestSupport;

/// <summary>Environments that switch parts of the processor off for a .NET process.</summary>
public static class InstructionSets
{
    /// <summary>As the machine is.</summary>
    public static readonly IReadOnlyDictionary<string, string> All = new Dictionary<string, string>();

    /// <summary>128-bit registers at most, and no fused multiply-add.</summary>
    public static readonly IReadOnlyDictionary<string, string> NoAvx2 =
        new Dictionary<string, string> { ["DOTNET_EnableAVX2"] = "0" };

    /// <summary>No SIMD at all: every remainder loop runs from the first element.</summary>
    public static readonly IReadOnlyDictionary<string, string> None =
        new Dictionary<string, string> { ["DOTNET_EnableHWIntrinsic"] = "0" };
}
