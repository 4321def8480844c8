using Ebb.Engine.Log;
using Microsoft.Win32.SafeHandles;

namespace Ebb.Proving.Media;

/// <summary>A medium that goes wrong as planned. Any thread. Syncs do nothing but what the plan says.</summary>
internal sealed class FaultMedium(FaultPlan plan, int seed) : FileMedium
{
    private const int SectorBytes = 512;
    private const int ErrorInputOutput = 5;
    private const int ErrorNoSpace = 28;

    private readonly Lock _sync = new();
    private readonly Random _random = new(seed);
    private readonly HashSet<string> _failedSyncs = [];
    private int _matches;

    /// <summary>True once something has gone wrong.</summary>
    public bool HasFired { get; private set; }

    /// <summary>Syncs of a file after one of it had failed: blind retries.</summary>
    public int RetriedSyncCount { get; private set; }

    public override SafeFileHandle Open(string path, FileMode mode, FileAccess access)
    {
        if (mode == FileMode.Create)
        {
            lock (_sync)
            {
                // Another file of that name.
                _failedSyncs.Remove(path);
            }
        }

        return base.Open(path, mode, access);
    }

    public override void Write(string path, SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        if (plan.Kind == FaultKind.SyncError || !Matches(path))
        {
            base.Write(path, file, bytes, offset);
            return;
        }

        switch (plan.Kind)
        {
            case FaultKind.DiskFull:
                throw new IOException("No space left on device", ErrorNoSpace);
            case FaultKind.WriteError:
                throw Error("write");
            case FaultKind.ShortWrite:
                base.Write(path, file, bytes[..(bytes.Length / 2)], offset);
                throw Error("write");
            case FaultKind.FlippedBit:
                byte[] flipped = bytes.ToArray();
                lock (_sync)
                {
                    flipped[_random.Next(flipped.Length)] ^= (byte)(1 << _random.Next(8));
                }

                base.Write(path, file, flipped, offset);
                break;
            case FaultKind.TornSector:
                base.Write(path, file, bytes[..Math.Max(0, bytes.Length - SectorBytes)], offset);
                break;
            default:
                break;
        }
    }

    public override void Sync(string path, SafeFileHandle file)
    {
        lock (_sync)
        {
            if (_failedSyncs.Contains(path))
            {
                RetriedSyncCount++;
            }
        }

        if (plan.Kind == FaultKind.SyncError && Matches(path))
        {
            lock (_sync)
            {
                _failedSyncs.Add(path);
            }

            throw Error("sync");
        }
    }

    public override void SyncDirectory(string path)
    {
    }

    private static IOException Error(string what) => new($"{what} failed: Input/output error", ErrorInputOutput);

    // Errors stay, as those of a disk do; what goes wrong in silence does so once, but for a disk that drops all.
    private bool Matches(string path)
    {
        lock (_sync)
        {
            if (!path.Contains(plan.PathPart, StringComparison.Ordinal) || _matches++ < plan.After)
            {
                return false;
            }

            bool isOnce = plan.Kind is FaultKind.FlippedBit or FaultKind.TornSector or FaultKind.SyncError;
            bool fires = !isOnce || !HasFired;
            HasFired = true;
            return fires;
        }
    }
}
