namespace Ebb.Proving.Media;

/// <summary>
/// The folder that a crash after so many calls of a journal leaves. Contents and names survive apart, as POSIX says: a
/// sync of a file keeps its bytes, a sync of its folder keeps its name. One thread, used once.
/// </summary>
internal sealed class CrashImage
{
    private const int SectorBytes = 512;

    private readonly Dictionary<string, Content> _names = [];
    private readonly Dictionary<string, Content> _syncedNames = [];
    private readonly List<(string Folder, Action<Dictionary<string, Content>> Apply)> _unsyncedNames = [];
    private readonly Random _random;

    private CrashImage(Random random)
    {
        _random = random;
    }

    /// <summary>Writes the image of the first <paramref name="count"/> calls below another folder.</summary>
    public static void Make(
        IReadOnlyList<JournalOp> ops, int count, CrashKind kind, Random random, (string From, string To) folders)
    {
        var image = new CrashImage(random);
        for (int index = 0; index < count; index++)
        {
            image.Apply(ops[index]);
        }

        foreach ((string path, Content content) in kind == CrashKind.Kill ? image._names : image.SurvivingNames())
        {
            string target = Path.Combine(folders.To, Path.GetRelativePath(folders.From, path));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.WriteAllBytes(target, content.Survive(kind == CrashKind.Kill ? null : random));
        }
    }

    private void Apply(JournalOp op)
    {
        switch (op.Kind)
        {
            case JournalOpKind.Create:
                var created = new Content();
                Rename(op.Path, names => names[op.Path] = created);
                break;
            case JournalOpKind.Write:
                _names[op.Path].Unsynced.Add((op.Offset, op.Bytes));
                break;
            case JournalOpKind.Sync:
                _names[op.Path].Sync();
                break;
            case JournalOpKind.SyncDirectory:
                foreach ((string folder, Action<Dictionary<string, Content>> apply) in _unsyncedNames)
                {
                    if (folder == op.Path)
                    {
                        apply(_syncedNames);
                    }
                }

                _unsyncedNames.RemoveAll(change => change.Folder == op.Path);
                break;
            case JournalOpKind.Move:
                Content moved = _names[op.Path];
                Rename(op.Path, names =>
                {
                    names.Remove(op.Path);
                    names[op.Other] = moved;
                });
                break;
            case JournalOpKind.Delete:
                Rename(op.Path, names => names.Remove(op.Path));
                break;
            default:
                throw new InvalidOperationException($"a journal holds no {op.Kind}");
        }
    }

    private void Rename(string path, Action<Dictionary<string, Content>> change)
    {
        change(_names);
        _unsyncedNames.Add((Path.GetDirectoryName(path)!, change));
    }

    // A file system keeps the order of its own changes: of each folder a beginning of them survives.
    private Dictionary<string, Content> SurvivingNames()
    {
        Dictionary<string, Content> names = new(_syncedNames);
        foreach (IGrouping<string, (string, Action<Dictionary<string, Content>> Apply)> folder
            in _unsyncedNames.GroupBy(change => change.Folder))
        {
            foreach ((_, Action<Dictionary<string, Content>> apply) in folder.Take(_random.Next(folder.Count() + 1)))
            {
                apply(names);
            }
        }

        return names;
    }

    /// <summary>The bytes of a file, whatever its name: what is synced, and what was written since.</summary>
    private sealed class Content
    {
        private byte[] _bytes = [];

        public List<(long Offset, byte[] Bytes)> Unsynced { get; } = [];

        public void Sync()
        {
            foreach ((long offset, byte[] bytes) in Unsynced)
            {
                Put(offset, bytes);
            }

            Unsynced.Clear();
        }

        /// <param name="random">Decides which unsynced sectors came to the disk; null: all.</param>
        public byte[] Survive(Random? random)
        {
            var copy = new Content { _bytes = [.. _bytes] };
            foreach ((long offset, byte[] bytes) in Unsynced)
            {
                // All, none, or torn: each the usual fate of a whole write.
                int fate = random?.Next(3) ?? 0;
                for (int at = 0; at < bytes.Length;)
                {
                    int length = (int)Math.Min(bytes.Length - at, SectorBytes - ((offset + at) % SectorBytes));
                    if (fate == 0 || (fate == 1 && random!.Next(2) == 0))
                    {
                        copy.Put(offset + at, bytes.AsSpan(at, length));
                    }

                    at += length;
                }
            }

            return copy._bytes;
        }

        private void Put(long offset, ReadOnlySpan<byte> bytes)
        {
            if (_bytes.Length < offset + bytes.Length)
            {
                Array.Resize(ref _bytes, checked((int)(offset + bytes.Length)));
            }

            bytes.CopyTo(_bytes.AsSpan((int)offset));
        }
    }
}
