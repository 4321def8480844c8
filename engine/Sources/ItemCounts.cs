namespace Ebb.Engine.Sources;

/// <summary>A decayed count per catalogue index. For the learner alone.</summary>
internal sealed class ItemCounts(DecayClock clock)
{
    private float[] _counts = [];
    private int[] _epochs = [];

    /// <summary>Indices below this may have a count.</summary>
    public int Length => _counts.Length;

    public void Add(uint item, float weight, long timeMs)
    {
        if (item >= _counts.Length)
        {
            int length = Math.Max((int)item + 1, _counts.Length * 2);
            Array.Resize(ref _counts, length);
            Array.Resize(ref _epochs, length);
        }

        DecayMoment moment = clock.At(timeMs);
        ref int epoch = ref _epochs[item];
        ref float count = ref _counts[item];
        if (count == 0)
        {
            epoch = moment.Epoch;
        }
        else if (moment.Epoch > epoch)
        {
            count = (float)(count * DecayMoment.Carry(epoch, moment.Epoch));
            epoch = moment.Epoch;
        }

        count += (float)(weight * moment.Unit(epoch));
    }

    /// <summary>The count on the scale of an epoch; 0 for an item never counted.</summary>
    public double At(uint item, int epoch) =>
        item < _counts.Length ? _counts[item] * DecayMoment.Carry(_epochs[item], epoch) : 0;

    public int EpochOf(uint item) => item < _epochs.Length ? _epochs[item] : 0;
}
