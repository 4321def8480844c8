using Ebb.Engine.Interest;
using Ebb.Engine.Interest.Lifecycle;
using Ebb.Engine.Merchandising;
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

    private RuleWeights? _weights;
    private ulong _active;

    /// <summary>Phases or rules add something, or phases stop something.</summary>
    public bool IsOn => HasPhases || HasRules;

    public bool HasPhases { get; private set; }

    public bool HasRules => _active != 0;

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
        HasPhases = policy.HasEffect;
        foreach (ref readonly PhaseBook.Entry entry in HasPhases ? book.Entries : [])
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

    /// <param name="weights">Of the lease that the list is made under; null: no rule adds anything.</param>
    /// <param name="segment">Of the request.</param>
    public void ReadRules(RuleWeights? weights, string segment)
    {
        _active = weights?.Active(segment) ?? 0;
        _weights = _active == 0 ? null : weights;
    }

    /// <summary>What phases and rules add to a row's score.</summary>
    public double Of(int row) => OfPhases(row) + OfRules(row);

    public double OfRules(int row) => _weights?.AmountOf(row, _active) ?? 0;

    /// <summary>What the phases of the row's category and of the item itself add to its score.</summary>
    public double OfPhases(int row)
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
        double phase = item < 0 ? category : _items[item].IsStopped ? double.NaN : category + _items[item].Bias;
        return phase + OfRules(row);
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
        if (_weights is not null)
        {
            return RuleBias(_weights, factor, migration);
        }

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

    /// <summary>By group of the rules, each of which lies within one category.</summary>
    private RowBias RuleBias(RuleWeights weights, double factor, ReadOnlySpan<double> migration)
    {
        int count = weights.GroupCount;
        if (_scanBias.Biases.Length < count)
        {
            _scanBias.Biases = new float[Math.Max(count, _scanBias.Biases.Length * 2)];
        }

        float[] biases = _scanBias.Biases;
        biases.AsSpan(count).Clear();
        for (int group = 0; group < count; group++)
        {
            uint category = weights.CategoryOf(group);
            double phase = category < _biases.Length ? _biases[category] : 0;
            double flow = category < (uint)migration.Length ? migration[(int)category] : 0;
            biases[group] = ToScan(phase + weights.AmountOfGroup(group, _active) + flow, factor);
        }

        _scanBias.Groups = weights.Groups;
        return _scanBias;
    }

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
