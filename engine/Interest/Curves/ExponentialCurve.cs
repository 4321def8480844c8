namespace Ebb.Engine.Interest.Curves;

/// <summary>2^(−a/h); <see cref="MemorySchema.Never"/> is 1 for ever.</summary>
public sealed record ExponentialCurve(TimeSpan HalfLife) : ForgettingCurve
{
    public override string? Problem =>
        HalfLife == MemorySchema.Never ? null : CheckTime("half_life", HalfLife);

    public override double Limit => HalfLife == MemorySchema.Never ? 1 : 0;

    public override double MiddleAgeMs => HalfLife == MemorySchema.Never ? 1 : HalfLife.TotalMilliseconds;

    public override double SettledAgeMs => 20 * MiddleAgeMs;

    public override double At(double ageMs) => Math.Pow(2, -ageMs / MemorySchema.HalfLifeMs(HalfLife));
}
