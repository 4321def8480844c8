#if EBB_ONNXRUNTIME
using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Ebb.Engine.Encoders.Onnx;

/// <summary>
/// One session and its bindings: a shape met before costs a lookup and the run, and allocates nothing. Owns session,
/// bindings and the values over the batch's pinned memory. One caller at a time, on whose thread everything is
/// computed: no thread of the session's own, so none that could spin.
/// </summary>
internal sealed class OnnxSequenceModel : ISequenceModel
{
    private const string ItemIdsName = "item_ids";
    private const string LengthsName = "lengths";
    private const string AgesName = "ages";
    private const string TypesName = "types";
    private const string OutputName = "user_vectors";
    private const string CategoriesName = "category_logits";

    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly Dictionary<(int Rows, int Length), Binding> _bindings = [];

    private OnnxSequenceModel(InferenceSession session, ModelShape shape, string provider)
    {
        _session = session;
        Provider = provider;
        Batch = new SequenceBatch(shape.LengthMax, shape.Dimension, shape.CategoryCount);
        WantsAges = session.InputMetadata.ContainsKey(AgesName);
        WantsTypes = session.InputMetadata.ContainsKey(TypesName);
    }

    public SequenceBatch Batch { get; }

    public string Provider { get; }

    public bool WantsAges { get; }

    public bool WantsTypes { get; }

    public static OnnxSequenceModel Open(string path, ModelShape shape, ModelProvider provider)
    {
        InferenceSession? session = null;
        try
        {
            (session, string where) = OnnxSessions.Open(path, provider);
            Check(session, path, shape);
            var model = new OnnxSequenceModel(session, shape, where);
            session = null;
            return model;
        }
        catch (OnnxRuntimeException failure)
        {
            throw new BundleException($"{path}: {OnnxFailure.Reason(failure)}", failure);
        }
        finally
        {
            session?.Dispose();
        }
    }

    public void Run()
    {
        (int, int) shape = (Batch.RowCount, Batch.Length);
        try
        {
            if (!_bindings.TryGetValue(shape, out Binding? binding))
            {
                binding = new Binding(this);
                _bindings.Add(shape, binding);
            }

            _session.RunWithBinding(_run, binding.Io);
        }
        catch (OnnxRuntimeException failure)
        {
            throw new BundleException($"the model cannot be run: {OnnxFailure.Reason(failure)}", failure);
        }
    }

    public void Dispose()
    {
        foreach (Binding binding in _bindings.Values)
        {
            binding.Dispose();
        }

        _run.Dispose();
        _session.Dispose();
    }

    private static void Check(InferenceSession session, string path, ModelShape shape)
    {
        bool hasItems = false;
        bool hasLengths = false;
        foreach ((string name, NodeMetadata input) in session.InputMetadata)
        {
            (TensorElementType type, int rank) = name switch
            {
                ItemIdsName or TypesName => (TensorElementType.Int64, 2),
                LengthsName => (TensorElementType.Int64, 1),
                AgesName => (TensorElementType.Float, 2),
                _ => throw new BundleException(
                    $"{path}: input '{name}' is not known; item_ids, lengths, ages and types are"),
            };
            OnnxSessions.CheckTensor(path, "input", name, input, (type, rank));
            hasItems |= name == ItemIdsName;
            hasLengths |= name == LengthsName;
        }

        if (!hasItems || !hasLengths)
        {
            throw new BundleException($"{path}: has no input '{(hasItems ? LengthsName : ItemIdsName)}'");
        }

        CheckOutput(session, path, OutputName, shape.Dimension);
        if (shape.CategoryCount > 0)
        {
            CheckOutput(session, path, CategoriesName, shape.CategoryCount);
        }
    }

    private static void CheckOutput(InferenceSession session, string path, string name, int width)
    {
        if (!session.OutputMetadata.TryGetValue(name, out NodeMetadata? output))
        {
            throw new BundleException($"{path}: has no output '{name}'");
        }

        OnnxSessions.CheckTensor(path, "output", name, output, (TensorElementType.Float, 2));
        if (output.Dimensions[1] > 0 && output.Dimensions[1] != width)
        {
            throw new BundleException(string.Create(
                CultureInfo.InvariantCulture,
                $"{path}: '{name}' has {output.Dimensions[1]} dimensions, the manifest says {width}"));
        }
    }

    /// <summary>What a shape needs: values over the batch's arrays, bound by name.</summary>
    private sealed class Binding : IDisposable
    {
        private readonly List<OrtValue> _values = [];

        public Binding(OnnxSequenceModel model)
        {
            SequenceBatch batch = model.Batch;
            Io = model._session.CreateIoBinding();
            long[] cells = [batch.RowCount, batch.Length];
            Io.BindInput(ItemIdsName, Over(batch.ItemIds, cells));
            Io.BindInput(LengthsName, Over(batch.Lengths, [batch.RowCount]));
            if (model.WantsAges)
            {
                Io.BindInput(AgesName, Over(batch.Ages, cells));
            }

            if (model.WantsTypes)
            {
                Io.BindInput(TypesName, Over(batch.Types, cells));
            }

            Io.BindOutput(OutputName, Over(batch.Output, [batch.RowCount, batch.Dimension]));
            if (batch.CategoryCount > 0)
            {
                Io.BindOutput(CategoriesName, Over(batch.Categories, [batch.RowCount, batch.CategoryCount]));
            }
        }

        public OrtIoBinding Io { get; }

        public void Dispose()
        {
            Io.Dispose();
            _values.ForEach(value => value.Dispose());
        }

        private OrtValue Over<T>(T[] array, long[] shape)
            where T : unmanaged
        {
            int count = (int)shape.Aggregate(1L, (product, size) => product * size);
            var value = OrtValue.CreateTensorValueFromMemory(
                OrtMemoryInfo.DefaultInstance, array.AsMemory(0, count), shape);
            _values.Add(value);
            return value;
        }
    }
}
#endif
