namespace Ebb.Engine.Experiments;

/// <summary>
/// What an event is to the experiments, as its log entry says it: bits 0 and 1 the role, the rest the arm of an
/// impression or the seconds that an answer may come after one. Decided at admission, so that replay decides nothing.
/// </summary>
internal static class FeedbackMark
{
    private const int RoleBits = 2;

    public static FeedbackRole RoleOf(uint mark) => (FeedbackRole)(mark & ((1u << RoleBits) - 1));

    public static int ArmOf(uint mark) => (int)(mark >> RoleBits);

    public static long WindowMsOf(uint mark) => (mark >> RoleBits) * 1000L;

    public static uint Impression(int arm) => ((uint)arm << RoleBits) | (uint)FeedbackRole.Impression;

    public static uint Answer(FeedbackRole role, TimeSpan within) =>
        ((uint)Math.Ceiling(within.TotalSeconds) << RoleBits) | (uint)role;
}
