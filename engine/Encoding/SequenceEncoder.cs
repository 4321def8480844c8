using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;
using Ebb.Engine.Store;

namespace Ebb.Engine.Encoders;

/// <summary>
/// A bundle whose model is open, has given its reference batch and is warm. Reads users' last events, item by item
/// where the model knows them. Any thread may ask; one at a time is computed. Owns the model.
/// </summary>
public sealed class SequenceEncoder : IDisposable
{
    /// <summary>Items that are tried alone at the start, evenly spread: weights that are no numbers show.</summary>
    private const int TriedItemCountMax = 4096;

    private readonly Lock _gate = new();
    private readonly ISequenceModel _model;
    private readonly ModelItems _items;
    private readonly long[] _sequence;
    private readonly RecentEvent[] _events;
    private readonly HeadCategories? _head;
    private readonly IRowModel? _reRanker;
    private readonly IRowModel? _itemEncoder;
    private long _unknownCount;
    private long _rowCount;
    private long _runCount;
    private bool _isDisposed;

    private SequenceEncoder(ModelBundle bundle, ISequenceModel model, IRowModel? reRanker, IRowModel? itemEncoder)
    {
        Bundle = bundle;
        _model = model;
        _reRanker = reRanker;
        _itemEncoder = itemEncoder;
        _head = bundle.Categories.Count > 0 ? new HeadCategories(bundle.Categories) : null;
        _items = new ModelItems(bundle.Items.Ids);
        _sequence = new long[bundle.Manifest.Shape.LengthMax];
        _events = new RecentEvent[bundle.Manifest.Shape.LengthMax];
    }

    public ModelBundle Bundle { get; }

    public int Dimension => Bundle.Manifest.Shape.Dimension;

    /// <summary>Null: the bundle has none. Not to be used once the encoder is disposed.</summary>
    public NeuralReRanker? ReRanker { get; private init; }

    /// <summary>Texts to item vectors; null: the bundle has none. Refuses once the encoder is disposed.</summary>
    public ItemEncoder? Items { get; private init; }

    /// <summary>It tells which category comes next.</summary>
    public bool HasHead => _head is not null;

    /// <summary>What computes, with the reason where that is not what was asked for.</summary>
    public string Provider => _model.Provider;

    /// <summary>Events that were left out because the model does not know their item; counted at each
    /// encoding.</summary>
    public long UnknownCount => Volatile.Read(ref _unknownCount);

    /// <summary>Users encoded, and runs of the model that did it.</summary>
    public long RowCount => Volatile.Read(ref _rowCount);

    public long RunCount => Volatile.Read(ref _runCount);

    /// <summary>For the log: what is served, where.</summary>
    public string Describe()
    {
        BundleManifest manifest = Bundle.Manifest;
        string licence = manifest.Licence.Length == 0 ? "" : $", {manifest.Licence}";
        string data = manifest.Dataset.Length == 0 ? "" : $", of {manifest.Dataset}{licence}";
        return $"'{manifest.Name}' ({manifest.Architecture}, D = {Dimension}, {manifest.ItemCount} items, the last"
            + $" {manifest.Shape.LengthMax} events{data}{Parts()}) on {Provider}";
    }

    /// <summary>Reads, opens, checks against the reference batch, warms up.</summary>
    /// <exception cref="BundleException">One line: why the bundle is not to be served.</exception>
    public static SequenceEncoder Load(
        string folder, IModelRuntime runtime, ModelProvider provider = ModelProvider.Cpu)
    {
        var bundle = ModelBundle.Read(folder);
        var opened = new List<IDisposable>();
        try
        {
            ISequenceModel model = runtime.Open(bundle.EncoderPath, bundle.Manifest.Shape, provider);
            opened.Add(model);
            bundle.Reference.Check(model);
            CheckItems(model, bundle.Items.Count);
            (IRowModel? reRanker, IRowLane? reRankLane) = Open(
                bundle.ReRankerReference, () => runtime.OpenRows(
                    bundle.ReRankerPath, NeuralReRanker.Shape, ModelProvider.Cpu), opened);
            (IRowModel? items, IRowLane? itemLane) = Open(
                bundle.ItemReference, () => runtime.OpenRows(
                    bundle.ItemEncoderPath, bundle.Manifest.ItemEncoder!.Rows, ModelProvider.Cpu), opened);
            return new SequenceEncoder(bundle, model, reRanker, items)
            {
                ReRanker = reRanker is null ? null : new NeuralReRanker(reRanker, reRankLane!),
                Items = items is null ? null : new ItemEncoder(itemLane!, bundle.Manifest.ItemEncoder!),
            };
        }
        catch
        {
            opened.ForEach(model => model.Dispose());
            throw;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                _model.Dispose();
                Items?.Close();
                _reRanker?.Dispose();
                _itemEncoder?.Dispose();
            }
        }
    }

    /// <summary>
    /// Fills the encodings of lists whose user it knows something of. At most <see cref="SequenceBatch.RowCountMax"/>.
    /// </summary>
    /// <exception cref="BundleException">The model cannot be run; nothing is filled.</exception>
    internal void Encode(ReadOnlySpan<ListJob> jobs, CatalogueLease lease)
    {
        lock (_gate)
        {
            int longest = 0;
            foreach (ListJob job in jobs)
            {
                longest = Math.Max(longest, Math.Min(job.RecentCount, _sequence.Length));
            }

            _model.Batch.Begin(jobs.Length, longest);
            for (int row = 0; row < jobs.Length; row++)
            {
                Fill(row, jobs[row], lease);
            }

            _model.Run();
            _runCount++;
            _rowCount += jobs.Length;
            for (int row = 0; row < jobs.Length; row++)
            {
                Take(jobs[row].Encoding!, row);
            }
        }
    }

    /// <summary>A part that is there is opened and checked; too small for a device, it stays on the CPU.</summary>
    private static (IRowModel? Model, IRowLane? Lane) Open(
        RowReference? reference, Func<IRowModel> open, List<IDisposable> opened)
    {
        if (reference is null)
        {
            return (null, null);
        }

        IRowModel model = open();
        opened.Add(model);
        IRowLane lane = model.NewLane();
        reference.Check(lane, model.Shape);
        return (model, lane);
    }

    private string Parts() =>
        (HasHead ? $", head of {Bundle.Categories.Count} categories" : "")
        + (ReRanker is null ? "" : ", re-ranker") + (Items is null ? "" : ", item encoder")
        + (Bundle.Portrait is null ? "" : ", change tree");

    /// <summary>Each item as a sequence of its own, no more of them than take a moment.</summary>
    private static void CheckItems(ISequenceModel model, int itemCount)
    {
        int step = (itemCount + TriedItemCountMax - 1) / TriedItemCountMax;
        int tried = (itemCount + step - 1) / step;
        for (int start = 0; start < tried; start += SequenceBatch.RowCountMax)
        {
            int count = Math.Min(SequenceBatch.RowCountMax, tried - start);
            model.Batch.Begin(count, 1);
            for (int row = 0; row < count; row++)
            {
                model.Batch.Lengths[row] = 1;
                model.Batch.ItemIds[row * model.Batch.Length] = 1 + ((start + row) * (long)step);
            }

            model.Run();
            for (int row = 0; row < count; row++)
            {
                if (!IsFinite(model.Batch.Vector(row)))
                {
                    throw new BundleException(
                        $"{ModelBundle.EncoderName}: gives no number for item {(start + row) * step}");
                }
            }
        }
    }

    private void Fill(int row, ListJob job, CatalogueLease lease)
    {
        int count = 0;
        foreach (ref readonly RecentEvent recent in job.Recent.AsSpan(0, job.RecentCount))
        {
            if (count == _sequence.Length)
            {
                break;
            }

            if (!(recent.Weight > 0))
            {
                continue;
            }

            long item = _items.Find((int)recent.ItemIndex, lease);
            if (item == 0)
            {
                _unknownCount++;
                continue;
            }

            _sequence[count] = item;
            _events[count++] = recent;
        }

        SequenceBatch batch = _model.Batch;
        int at = row * batch.Length;
        batch.Lengths[row] = count;
        for (int place = 0; place < count; place++)
        {
            // Newest first here, oldest first there.
            int from = count - 1 - place;
            batch.ItemIds[at + place] = _sequence[from];
            batch.Types[at + place] = _events[from].Type;
            batch.Ages[at + place] = Math.Max(0, _events[0].TimeMs - _events[from].TimeMs) / 1000f;
        }
    }

    private void Take(JobEncoding encoding, int row)
    {
        ReadOnlySpan<float> vector = _model.Batch.Vector(row);
        if (_model.Batch.Lengths[row] == 0)
        {
            encoding.Use = EncodingUse.Unknown;
        }
        else if (!IsFinite(vector))
        {
            encoding.Use = EncodingUse.Failed;
        }
        else
        {
            vector.CopyTo(encoding.Vector);
            encoding.SetHead(_head);
            encoding.Use = TakeChances(encoding, row) ? EncodingUse.Fresh : EncodingUse.Failed;
        }
    }

    /// <summary>The softmax of the head's logits; false where they are no numbers.</summary>
    private bool TakeChances(JobEncoding encoding, int row)
    {
        ReadOnlySpan<float> logits = _model.Batch.Logits(row);
        Span<float> chances = encoding.Chances;
        if (!IsFinite(logits))
        {
            return false;
        }

        double highest = double.NegativeInfinity;
        foreach (float logit in logits)
        {
            highest = Math.Max(highest, logit);
        }

        double sum = 0;
        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - highest);
        }

        for (int column = 0; column < chances.Length; column++)
        {
            chances[column] = (float)(Math.Exp(logits[column] - highest) / sum);
        }

        return true;
    }

    private static bool IsFinite(ReadOnlySpan<float> vector)
    {
        foreach (float value in vector)
        {
            if (!float.IsFinite(value))
            {
                return false;
            }
        }

        return true;
    }
}
