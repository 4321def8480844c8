using System.Numerics;

namespace Ebb.Engine.Store.Spill;

/// <summary>
/// Remembers which keys of the last batch read were there, so that writing them back counts users exactly without
/// reading a spilled record a second time. Open addressing over 64-bit seeded hashes; one thread.
/// </summary>
internal sealed class PresenceMemo
{
    private ulong[] _hashes = new ulong[16];
    private Presence[] _states = new Presence[16];

    private enum Presence : byte
    {
        Unknown,
        Absent,
        Present,
    }

    internal void Reset(int keyCount)
    {
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, 2 * keyCount));
        if (size > _hashes.Length)
        {
            _hashes = new ulong[size];
            _states = new Presence[size];
        }
        else
        {
            Array.Clear(_states);
        }
    }

    /// <summary>Adds a key of the batch that <see cref="Reset"/> made room for.</summary>
    internal void Add(ulong hash, bool isPresent)
    {
        int slot = Find(hash);
        _hashes[slot] = hash;
        _states[slot] = isPresent ? Presence.Present : Presence.Absent;
    }

    internal bool TryGet(ulong hash, out bool isPresent)
    {
        Presence state = _states[Find(hash)];
        isPresent = state == Presence.Present;
        return state != Presence.Unknown;
    }

    /// <summary>Corrects a key that is remembered; others stay unknown.</summary>
    internal void Update(ulong hash, bool isPresent)
    {
        int slot = Find(hash);
        if (_states[slot] != Presence.Unknown)
        {
            _states[slot] = isPresent ? Presence.Present : Presence.Absent;
        }
    }

    private int Find(ulong hash)
    {
        int mask = _hashes.Length - 1;
        int slot = (int)hash & mask;
        while (_states[slot] != Presence.Unknown && _hashes[slot] != hash)
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }
}
