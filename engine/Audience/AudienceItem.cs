namespace Ebb.Engine.Audience;

/// <summary>The item of a sweep as of its beginning: a copy, so that no lease is held while users are read.</summary>
internal sealed record AudienceItem(uint Row, float[] Vector, long NowMs, ulong Generation);
