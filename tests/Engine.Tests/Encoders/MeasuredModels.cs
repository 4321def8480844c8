using Ebb.Engine.Encoders;

namespace Ebb.Engine.Tests.Encoders;

/// <summary>
/// A runtime that notes, at every run of a sequence model, what the thread has allocated since its run before: all that
/// a request took on the encoder's thread.
/// </summary>
internal sealed class MeasuredModels(IModelRuntime inner) : IModelRuntime
{
    public string Description => inner.Description;

    public bool IsThere => inner.IsThere;

    /// <summary>Bytes between the last two runs.</summary>
    public long LastBytes { get; private set; }

    public int RunCount { get; private set; }

    public IRowModel OpenRows(string path, RowModelShape shape, ModelProvider provider) =>
        inner.OpenRows(path, shape, provider);

    public ISequenceModel Open(string path, ModelShape shape, ModelProvider provider) =>
        new Model(this, inner.Open(path, shape, provider));

    private sealed class Model(MeasuredModels owner, ISequenceModel model) : ISequenceModel
    {
        private long _before;

        public SequenceBatch Batch => model.Batch;

        public string Provider => model.Provider;

        public bool WantsAges => model.WantsAges;

        public bool WantsTypes => model.WantsTypes;

        public void Run()
        {
            long now = GC.GetAllocatedBytesForCurrentThread();
            owner.LastBytes = now - _before;
            owner.RunCount++;
            model.Run();
            _before = now;
        }

        public void Dispose() => model.Dispose();
    }
}
