using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Lifecycle;
using Ebb.Kernels.TopK;

namespace Ebb.Engine.Sources;

/// <summary>
/// What the phases of one user add to scores, and whom they stop: by category inside the scan and its bound, by item
/// one by one. Reused; belongs to the list's job.
/// </summary>
internal sealed class ListPhases
{
    private readonly RowBias _scanBias = new();
    private readonly (uint Row, double Bias, bool IsStopped)[] _items =
        new (uint, double, bool)[MemorySchema.RecentEventCountMax];

    private readonly List<uint> _categories = [];

    // Category code → what it adds, in standard deviations; NaN: stopped.
    private double[] _biases = [];
    private int[] _codes = [];
    private int _itemCount;

    public bool IsOn { get; private set; }

    /// <summary>How many items have a phase of their own: numbered from 0.</summary>
    public int ItemCount => _itemCount;

    public int ItemRow(int item) => (int)_items[item].Row;

    /// <param name="book">The phases of the moment.</param>
    /// <param name="policy">What they do.</param>
    /// <param name="codes">Category codes by row.</param>
    public void Read(PhaseBook book, LifecyclePolicy policy, int[] codes)
    {
        foreach (uint category in _categories)
        {
            _biases[category] = 0;
        }

        _categories.Clear();
        _itemCount = 0;
        _codes = codes;
        IsOn = policy.HasEffect;
        foreach (ref readonly PhaseBook.Entry entry in IsOn ? book.Entries : [])
        {
            PhaseRule rule = policy.RuleOf(entry.Subject)!;
            bool isStopped = rule.Stops(entry.Phase);
            if (entry.Subject == PhaseSubject.Item)
            {
                _items[_itemCount++] = (entry.Code, isStopped ? 0 : rule.BiasOf(entry.Phase), isStopped);
            }
            else if (rule.HasEffect)
            {
                SetCategory(entry.Code, isStopped ? double.NaN : rule.BiasOf(entry.Phase));
            }
        }
    }

    /// <summary>What the phases of the row's category and of the item itself add to its score.</summary>
    public double Of(int row)
    {
        double category = OfCategory(row);
        return (double.IsNaN(category) ? 0 : category) + (FindItem(row) is { } item ? item.Bias : 0);
    }

    /// <summary>
    /// The same where it is known which of <see cref="ItemCount"/> the row is (-1: none of them); NaN: stopped.
    /// </summary>
    public double Of(int row, int item)
    {
        double category = OfCategory(row);
        return item < 0 ? category : _items[item].IsStopped ? double.NaN : category + _items[item].Bias;
    }

    public bool StopsCategory(int row) => double.IsNaN(OfCategory(row));

    public bool StopsItem(int row) => FindItem(row) is { IsStopped: true };

    /// <summary>
    /// The same by category in units of the scan's dot product, with what the likely next category adds; null where no
    /// category adds anything. The stopped come last whatever their product, and are then taken out.
    /// </summary>
    /// <param name="factor">Of the vector source; 0: the scan's products are 0, and a bias is all there is.</param>
    /// <param name="migration">By category code, in standard deviations; empty for none.</param>
    public RowBias? ScanBias(double factor, ReadOnlySpan<double> migration)
    {
        if (_categories.Count == 0 && migration.IsEmpty)
        {
            return null;
        }

        float[] biases = _scanBias.Biases;
        int length = Math.Max(_biases.Length, migration.Length);
        if (biases.Length < length)
        {
            _scanBias.Biases = biases = new float[length];
        }

        biases.AsSpan().Clear();
        for (int category = 0; category < migration.Length; category++)
        {
            biases[category] = ToScan(migration[category], factor);
        }

        foreach (uint category in _categories)
        {
            double added = category < (uint)migration.Length ? migration[(int)category] : 0;
            biases[category] = ToScan(_biases[category] + added, factor);
        }

        _scanBias.Groups = _codes;
        return _scanBias;
    }

    private static float ToScan(double bias, double factor) => double.IsNaN(bias)
        ? -RowBias.Max
        : (float)Math.Clamp(bias / (factor > 0 ? factor : 1), -RowBias.Max, RowBias.Max);

    private double OfCategory(int row)
    {
        int code = row < _codes.Length ? _codes[row] : 0;
        return code < _biases.Length ? _biases[code] : 0;
    }

    private (uint Row, double Bias, bool IsStopped)? FindItem(int row)
    {
        foreach ((uint Row, double Bias, bool IsStopped) item in _items.AsSpan(0, _itemCount))
        {
            if (item.Row == (uint)row)
            {
                return item;
            }
        }

        return null;
    }

    private void SetCategory(uint code, double bias)
    {
        if (code >= _biases.Length)
        {
            Array.Resize(ref _biases, Math.Max(16, (int)code + 1));
        }

        _biases[code] = bias;
        _categories.Add(code);
    }
}
