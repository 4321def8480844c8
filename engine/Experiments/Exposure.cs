namespace Ebb.Engine.Experiments;

/// <summary>
/// What one user was shown in an experiment, and what came of it. The last of the shown items wait for their answer.
/// Folded state of one partition.
/// </summary>
internal sealed class Exposure(uint key, byte arm)
{
    /// <summary>Shown items that wait; past it the oldest goes, unanswered.</summary>
    public const int ShownCountMax = 32;

    private ShownItem[] _shown = new ShownItem[4];

    public uint Key => key;

    public byte Arm => arm;

    public int Lists { get; set; }

    public int Shown { get; set; }

    public int Clicked { get; set; }

    public int Converted { get; set; }

    public long LastShownMs { get; set; } = long.MinValue;

    /// <summary>Oldest first.</summary>
    public ReadOnlySpan<ShownItem> Waiting => _shown.AsSpan(0, WaitingCount);

    public int WaitingCount { get; private set; }

    public ArmSums Sums => ArmSums.Of(Shown, Clicked, Converted, Lists);

    public void Push(in ShownItem item)
    {
        if (WaitingCount == ShownCountMax)
        {
            _shown.AsSpan(1).CopyTo(_shown);
            WaitingCount--;
        }
        else if (WaitingCount == _shown.Length)
        {
            Array.Resize(ref _shown, Math.Min(ShownCountMax, _shown.Length * 2));
        }

        _shown[WaitingCount++] = item;
    }

    /// <summary>
    /// The latest impression of the item that came before the answer, within its window, and has none of this role yet.
    /// </summary>
    public bool TryAnswer(uint item, long timeMs, uint mark)
    {
        FeedbackRole role = FeedbackMark.RoleOf(mark);
        byte bit = (byte)(1 << (int)role);
        for (int index = WaitingCount - 1; index >= 0; index--)
        {
            ref ShownItem shown = ref _shown[index];
            if (shown.Item == item && (shown.Answers & bit) == 0 && shown.TimeMs <= timeMs
                && timeMs - shown.TimeMs <= FeedbackMark.WindowMsOf(mark))
            {
                shown = shown with { Answers = (byte)(shown.Answers | bit) };
                return true;
            }
        }

        return false;
    }
}
