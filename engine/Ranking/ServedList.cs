using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking.Drifting;
using Ebb.Kernels.TopK;

namespace Ebb.Engine.Ranking;

/// <summary>
/// Which list of a user: the list key of DESIGN.md §2 besides the policy (compared by identity) and space.
/// </summary>
internal readonly record struct ServedListKey(ulong UserHash, ushort Surface, bool ExcludeSeen, ItemFilter Filter)
{
    /// <summary>Filters are compared by what they say, not by identity: each frame brings one of its own.</summary>
    public bool Equals(ServedListKey other) =>
        UserHash == other.UserHash && Surface == other.Surface && ExcludeSeen == other.ExcludeSeen
        && FilterComparer.Instance.Equals(Filter, other.Filter);

    public override int GetHashCode() =>
        HashCode.Combine(UserHash, Surface, ExcludeSeen, FilterComparer.Instance.GetHashCode(Filter));
}

/// <summary>
/// A list as it was served, with what is needed to decide whether it still stands. Served state: in no hash, lost at
/// the price of a fresh ranking. Filled once by whoever made it, unchanged while <see cref="ServedLists"/> keeps it or
/// a job reads it, then filled again for another list: its buffers grow to what was needed and stay.
/// </summary>
internal sealed class ServedList(int dimension)
{
    private readonly float[] _reference = new float[dimension];
    private byte[] _user = [];
    private int[] _candidates = [];
    private ScoredItem[] _shown = [];
    private int _userBytes;
    private int _candidateCount;
    private int _shownCount;

    public ServedListKey Key { get; set; }

    /// <summary>Whose list: the hash in the key may collide, lists of two users must not.</summary>
    public ReadOnlySpan<byte> User => _user.AsSpan(0, _userBytes);

    public PolicyInForce Policy { get; set; } = null!;

    /// <summary>The unscaled interest vector of the scan behind the candidates: the reference of drift.</summary>
    public ReadOnlySpan<float> Reference => _reference;

    public ScaledInterest Interest => new(_reference, ReferenceLog2Scale);

    /// <summary>The reference's own scale: the true vector was Reference·2^this.</summary>
    public double ReferenceLog2Scale { get; set; }

    /// <summary>Rows that the scan brought, best first.</summary>
    public ReadOnlySpan<int> Candidates => _candidates.AsSpan(0, _candidateCount);

    /// <summary>What was shown, in the order shown.</summary>
    public ReadOnlySpan<ScoredItem> Shown => _shown.AsSpan(0, _shownCount);

    /// <summary>The K that was asked for; Shown may be shorter.</summary>
    public int AskedCount { get; set; }

    /// <summary>The generation of the scan behind the candidates.</summary>
    public ulong ScanGeneration { get; set; }

    public bool ShownExact { get; set; }

    public ulong UserSequence { get; set; }

    public ulong Generation { get; set; }

    /// <summary><see cref="Interest.Lifecycle.PhaseBook.Mark"/> of the list.</summary>
    public ulong PhaseMark { get; set; }

    /// <summary>Milliseconds from the user's last event to the moment shown.</summary>
    public double ElapsedMs { get; set; }

    /// <summary>Jobs that read it. Changed by the partition's writer alone.</summary>
    public int ReaderCount { get; set; }

    /// <summary>Kept no more; free once nobody reads it.</summary>
    public bool IsRetired { get; set; }

    public void SetUser(ReadOnlySpan<byte> user)
    {
        Grow(ref _user, user.Length);
        user.CopyTo(_user);
        _userBytes = user.Length;
    }

    public void SetReference(ReadOnlySpan<float> reference) => reference.CopyTo(_reference);

    /// <summary>Room for that many rows, for the caller to fill.</summary>
    public Span<int> SetCandidateCount(int count)
    {
        Grow(ref _candidates, count);
        _candidateCount = count;
        return _candidates.AsSpan(0, count);
    }

    public void SetShown(ReadOnlySpan<ScoredItem> shown)
    {
        Grow(ref _shown, shown.Length);
        shown.CopyTo(_shown);
        _shownCount = shown.Length;
    }

    // Exactly what is asked for: lists of one K are the rule, and there are tens of thousands of these.
    private static void Grow<T>(ref T[] buffer, int count)
    {
        if (buffer.Length < count)
        {
            buffer = new T[count];
        }
    }
}
