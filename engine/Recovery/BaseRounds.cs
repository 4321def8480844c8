namespace Ebb.Engine.Recovery;

/// <summary>
/// The published rounds that a log may still be trimmed to, oldest first, thinned so that about a thousand of a
/// retention stand for however many there were. The newest and the oldest are always among them.
/// </summary>
internal sealed class BaseRounds(TimeSpan retention)
{
    /// <summary>Rounds remembered of a retention, about: entries stay at most this fraction of it longer.</summary>
    public const int CountAim = 1024;

    private readonly List<BaseRound> _rounds = [];

    public int Count => _rounds.Count;

    public BaseRound this[int index] => _rounds[index];

    public void Add(BaseRound round)
    {
        // Two gaps in a row that are less than the aim's are made one.
        if (_rounds.Count > 1 && round.PublishedAt - _rounds[^2].PublishedAt < retention / CountAim)
        {
            _rounds.RemoveAt(_rounds.Count - 1);
        }

        _rounds.Add(round);
    }

    /// <summary>The newest that was published by a moment; -1 where none was.</summary>
    public int FindPublishedBy(DateTimeOffset moment) =>
        _rounds.FindLastIndex(candidate => candidate.PublishedAt <= moment);

    public void ForgetBefore(int index) => _rounds.RemoveRange(0, index);
}
