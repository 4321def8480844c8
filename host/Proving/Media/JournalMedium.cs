using Ebb.Engine.Log;
using Microsoft.Win32.SafeHandles;

namespace Ebb.Proving.Media;

/// <summary>
/// Does what it is asked on real files and writes down every call in order, so that <see cref="CrashImage"/> can make
/// the folder that a crash after any of them leaves. Nothing is synced for real. Any thread; a call and its line in the
/// journal are one step.
/// </summary>
internal sealed class JournalMedium : FileMedium
{
    private readonly Lock _sync = new();
    private readonly List<JournalOp> _ops = [];

    /// <summary>Calls so far. What was told before it is read happened before this position.</summary>
    public int Position
    {
        get
        {
            lock (_sync)
            {
                return _ops.Count;
            }
        }
    }

    public IReadOnlyList<JournalOp> Ops => _ops;

    public override SafeFileHandle Open(string path, FileMode mode, FileAccess access)
    {
        lock (_sync)
        {
            if (mode == FileMode.Create || (mode == FileMode.OpenOrCreate && !File.Exists(path)))
            {
                _ops.Add(new JournalOp(JournalOpKind.Create, path));
            }

            return base.Open(path, mode, access);
        }
    }

    public override void Write(string path, SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        lock (_sync)
        {
            _ops.Add(new JournalOp(JournalOpKind.Write, path) { Offset = offset, Bytes = bytes.ToArray() });
            base.Write(path, file, bytes, offset);
        }
    }

    public override void Sync(string path, SafeFileHandle file) => Add(new JournalOp(JournalOpKind.Sync, path));

    public override void SyncDirectory(string path) => Add(new JournalOp(JournalOpKind.SyncDirectory, path));

    public override void Move(string from, string to)
    {
        lock (_sync)
        {
            _ops.Add(new JournalOp(JournalOpKind.Move, from) { Other = to });
            base.Move(from, to);
        }
    }

    public override void Delete(string path)
    {
        lock (_sync)
        {
            if (File.Exists(path))
            {
                _ops.Add(new JournalOp(JournalOpKind.Delete, path));
                base.Delete(path);
            }
        }
    }

    private void Add(JournalOp op)
    {
        lock (_sync)
        {
            _ops.Add(op);
        }
    }
}
