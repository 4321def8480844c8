#if EBB_ONNXRUNTIME
using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Ebb.Engine.Encoders.Onnx;

/// <summary>
/// One session, which may be run from any thread, and its lanes. Owns all of them. Computes on the caller's thread.
/// </summary>
internal sealed class OnnxRowModel : IRowModel
{
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly Lock _gate = new();
    private readonly List<Lane> _lanes = [];

    private OnnxRowModel(InferenceSession session, RowModelShape shape)
    {
        _session = session;
        Shape = shape;
    }

    public RowModelShape Shape { get; }

    public static OnnxRowModel Open(string path, RowModelShape shape, ModelProvider provider)
    {
        InferenceSession? session = null;
        try
        {
            (session, _) = OnnxSessions.Open(path, provider);
            Check(session, path, shape);
            var model = new OnnxRowModel(session, shape);
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

    public IRowLane NewLane()
    {
        var lane = new Lane(this);
        lock (_gate)
        {
            _lanes.Add(lane);
        }

        return lane;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _lanes.ForEach(lane => lane.Dispose());
        }

        _run.Dispose();
        _session.Dispose();
    }

    private static void Check(InferenceSession session, string path, RowModelShape shape)
    {
        foreach ((string name, NodeMetadata input) in session.InputMetadata)
        {
            if (name != shape.InputName)
            {
                throw new BundleException($"{path}: input '{name}' is not known; {shape.InputName} is");
            }

            TensorElementType type = shape.ReadsNumbers ? TensorElementType.Int64 : TensorElementType.Float;
            OnnxSessions.CheckTensor(path, "input", name, input, (type, 2));
            CheckWidth(path, name, input, shape.InputWidth);
        }

        if (session.InputMetadata.Count == 0
            || !session.OutputMetadata.TryGetValue(shape.OutputName, out NodeMetadata? output))
        {
            throw new BundleException(
                $"{path}: has no input '{shape.InputName}' or no output '{shape.OutputName}'");
        }

        OnnxSessions.CheckTensor(path, "output", shape.OutputName, output, (TensorElementType.Float, 2));
        CheckWidth(path, shape.OutputName, output, shape.OutputWidth);
    }

    private static void CheckWidth(string path, string name, NodeMetadata found, int width)
    {
        if (found.Dimensions[1] > 0 && found.Dimensions[1] != width)
        {
            throw new BundleException(string.Create(
                CultureInfo.InvariantCulture,
                $"{path}: '{name}' has {found.Dimensions[1]} columns, the manifest says {width}"));
        }
    }

    /// <summary>Arrays, and a binding over them a size.</summary>
    private sealed class Lane : IRowLane, IDisposable
    {
        private readonly OnnxRowModel _model;
        private readonly Dictionary<int, OrtIoBinding> _bindings = [];
        private readonly List<OrtValue> _values = [];

        public Lane(OnnxRowModel model)
        {
            _model = model;
            RowModelShape shape = model.Shape;
            int cells = shape.RowCountMax * shape.InputWidth;
            Inputs = shape.ReadsNumbers ? [] : GC.AllocateArray<float>(cells, pinned: true);
            Numbers = shape.ReadsNumbers ? GC.AllocateArray<long>(cells, pinned: true) : [];
            Output = GC.AllocateArray<float>(shape.RowCountMax * shape.OutputWidth, pinned: true);
        }

        public float[] Inputs { get; }

        public long[] Numbers { get; }

        public float[] Output { get; }

        public void Run(int rowCount)
        {
            int size = _model.Shape.LaneRows(rowCount);
            try
            {
                if (!_bindings.TryGetValue(size, out OrtIoBinding? binding))
                {
                    binding = Bind(size);
                    _bindings.Add(size, binding);
                }

                _model._session.RunWithBinding(_model._run, binding);
            }
            catch (OnnxRuntimeException failure)
            {
                throw new BundleException($"the model cannot be run: {OnnxFailure.Reason(failure)}", failure);
            }
        }

        public void Dispose()
        {
            foreach (OrtIoBinding binding in _bindings.Values)
            {
                binding.Dispose();
            }

            _values.ForEach(value => value.Dispose());
        }

        private OrtIoBinding Bind(int size)
        {
            RowModelShape shape = _model.Shape;
            OrtIoBinding binding = _model._session.CreateIoBinding();
            binding.BindInput(shape.InputName, shape.ReadsNumbers
                ? Over(Numbers, size, shape.InputWidth)
                : Over(Inputs, size, shape.InputWidth));
            binding.BindOutput(shape.OutputName, Over(Output, size, shape.OutputWidth));
            return binding;
        }

        private OrtValue Over<T>(T[] array, int rows, int width)
            where T : unmanaged
        {
            var value = OrtValue.CreateTensorValueFromMemory(
                OrtMemoryInfo.DefaultInstance, array.AsMemory(0, rows * width), [rows, width]);
            _values.Add(value);
            return value;
        }
    }
}
#endif
