using System.Runtime.CompilerServices;

namespace Ebb.Kernels.TopK;

/// <summary>
/// The best K of what it was offered, as keys of <see cref="TopKFormula"/>. A plain buffer until K have come, a binary
/// heap with the worst at the root from then on, so the threshold is always the current K-th best. Owned by one thread;
/// the buffer grows to the largest K seen and is kept.
/// </summary>
internal sealed class TopKSelection
{
    private ulong[] _keys = [];
    private int _k;
    private int _count;
    private float _scoreMin;

    public bool IsFull => _count == _k;

    /// <summary>
    /// A row whose unrounded score is at or below this cannot enter, if it has a higher index than all rows offered so
    /// far: rounding is monotone, so it at best ties with the K-th, and ties go to the lower index.
    /// </summary>
    public float Threshold { get; private set; }

    public ReadOnlySpan<ulong> Keys => _keys.AsSpan(0, _count);

    public void Reset(int k, float scoreMin)
    {
        if (_keys.Length < k)
        {
            _keys = new ulong[k];
        }

        _k = k;
        _count = 0;
        _scoreMin = scoreMin;

        // Not the minimum itself: a score just below it may still round up to it.
        Threshold = MathF.BitDecrement(scoreMin + 0.0f);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Offer(float score, int index)
    {
        if (score >= _scoreMin)
        {
            OfferKey(TopKFormula.Key(score, index));
        }
    }

    public void OfferKey(ulong key)
    {
        if (_count < _k)
        {
            _keys[_count++] = key;
            if (_count == _k)
            {
                Heapify();
                Threshold = TopKFormula.KeyScore(_keys[0]);
            }
        }
        else if (key > _keys[0])
        {
            _keys[0] = key;
            SiftDown(0);
            Threshold = TopKFormula.KeyScore(_keys[0]);
        }
    }

    /// <summary>Best first. Ends the selection: call <see cref="Reset"/> before the next offer.</summary>
    public int Drain(Span<ScoredItem> results)
    {
        Span<ulong> keys = _keys.AsSpan(0, _count);
        keys.Sort();
        for (int rank = 0; rank < keys.Length; rank++)
        {
            ulong key = keys[^(rank + 1)];
            results[rank] = new ScoredItem(TopKFormula.KeyIndex(key), TopKFormula.KeyScore(key));
        }

        return keys.Length;
    }

    private void Heapify()
    {
        for (int parent = (_count / 2) - 1; parent >= 0; parent--)
        {
            SiftDown(parent);
        }
    }

    private void SiftDown(int parent)
    {
        Span<ulong> keys = _keys.AsSpan(0, _count);
        ulong moving = keys[parent];
        while (true)
        {
            int child = (2 * parent) + 1;
            if (child >= keys.Length)
            {
                break;
            }

            if (child + 1 < keys.Length && keys[child + 1] < keys[child])
            {
                child++;
            }

            if (keys[child] >= moving)
            {
                break;
            }

            keys[parent] = keys[child];
            parent = child;
        }

        keys[parent] = moving;
    }
}
