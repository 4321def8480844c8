using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Ebb.Kernels.Backends;

namespace Ebb.Engine.Interest.Segments;

/// <summary>
/// Decayed demand per segment, as the events of ACTs that name one bring it: part of what a partition folds. Beside the
/// sums it holds, of each user who is in them, how many of his last events count for which segment, so that FORGET and
/// MERGE take out what he added and nothing else. Changed by the partition's writer under the population's gate.
/// </summary>
internal sealed class SegmentBook(IKernelBackend backend, double initialHalfLifeMs)
{
    /// <summary>Segments, and users in them, beyond that are not counted.</summary>
    public const int SegmentCountMax = 256;
    public const int UserCountMax = 1 << 20;

    /// <summary>Events of no segment.</summary>
    private const ushort None = ushort.MaxValue;

    private readonly List<(string Name, PopulationCounters Demand)> _segments = [];
    private readonly Dictionary<string, ushort> _codes = [];
    private readonly Dictionary<ulong, SegmentRun[]> _users = [];
    private double _halfLifeMs = initialHalfLifeMs;

    public bool IsEmpty => _segments.Count == 0;

    public IReadOnlyList<string> Names => [.. _segments.Select(segment => segment.Name)];

    public void SetHalfLife(double halfLifeMs)
    {
        _halfLifeMs = halfLifeMs;
        _segments.ForEach(segment => segment.Demand.SetHalfLife(halfLifeMs));
    }

    /// <summary>An event that the user's record remembers; the name empty: none.</summary>
    public void Add(ReadOnlySpan<byte> user, ReadOnlySpan<byte> name, in PopulationShare share)
    {
        if (!(share.Weight > 0) || (name.IsEmpty && _users.Count == 0))
        {
            return;
        }

        ulong hash = StableHash.Compute(user);
        bool isKnown = _users.TryGetValue(hash, out SegmentRun[]? runs);
        ushort segment = name.IsEmpty ? None : CodeOf(name);
        if (!isKnown && (segment == None || _users.Count >= UserCountMax))
        {
            return;
        }

        _users[hash] = SegmentRun.Push(runs ?? [], segment);
        if (segment != None)
        {
            _segments[segment].Demand.Add(share.ItemIndex, share.Weight, share.TimeMs);
        }
    }

    /// <summary>Takes the user's last events out, newest first, and the user.</summary>
    public void Forget(ReadOnlySpan<byte> user, IEnumerable<PopulationShare> newestFirst)
    {
        if (!_users.Remove(StableHash.Compute(user), out SegmentRun[]? runs))
        {
            return;
        }

        using IEnumerator<PopulationShare> shares = newestFirst.GetEnumerator();
        foreach (SegmentRun run in runs)
        {
            for (int place = 0; place < run.Count && shares.MoveNext(); place++)
            {
                if (run.Segment != None)
                {
                    _segments[run.Segment].Demand.Remove(shares.Current);
                }
            }
        }
    }

    /// <summary>The events of another key come to the user's: they count for the segment that he is in.</summary>
    public void Join(ReadOnlySpan<byte> user, ReadOnlySpan<PopulationShare> oldestFirst)
    {
        if (_users.TryGetValue(StableHash.Compute(user), out SegmentRun[]? runs) && runs[0].Segment != None)
        {
            byte[] name = Encoding.UTF8.GetBytes(_segments[runs[0].Segment].Name);
            foreach (ref readonly PopulationShare share in oldestFirst)
            {
                Add(user, name, share);
            }
        }
    }

    /// <summary>One event goes: of the user's newest segment, which is the only one unless he has changed it.</summary>
    public void Unsend(ReadOnlySpan<byte> user, in PopulationShare share)
    {
        ulong hash = StableHash.Compute(user);
        if (share.Weight > 0 && _users.TryGetValue(hash, out SegmentRun[]? runs))
        {
            int place = Array.FindIndex(runs, run => run.Segment != None && run.Count > 0);
            if (place >= 0)
            {
                _segments[runs[place].Segment].Demand.Remove(share);
                runs[place] = runs[place] with { Count = (byte)(runs[place].Count - 1) };
            }
        }
    }

    /// <summary>log2 of each item's demand in a segment; false where nobody has named it.</summary>
    public bool SumInto(string name, Dictionary<uint, PopulationDemand> demand)
    {
        bool isThere = _codes.TryGetValue(name, out ushort code);
        if (isThere)
        {
            _segments[code].Demand.SumInto(demand);
        }

        return isThere;
    }

    /// <summary>
    /// u16 segments, each u8 name bytes, name, demand; i32 users by hash, each u64 hash, u8 runs, each u16 segment, u8
    /// events.
    /// </summary>
    public void Write(List<byte> output)
    {
        Span<byte> field = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt16LittleEndian(field, (ushort)_segments.Count);
        output.AddRange(field[..2]);
        foreach ((string name, PopulationCounters demand) in _segments)
        {
            byte[] text = Encoding.UTF8.GetBytes(name);
            output.Add(checked((byte)text.Length));
            output.AddRange(text);
            demand.Write(output);
        }

        BinaryPrimitives.WriteInt32LittleEndian(field, _users.Count);
        output.AddRange(field[..4]);
        foreach ((ulong hash, SegmentRun[] runs) in _users.OrderBy(user => user.Key))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(field, hash);
            output.AddRange(field);
            output.Add((byte)runs.Length);
            foreach (SegmentRun run in runs)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(field, run.Segment);
                output.AddRange(field[..2]);
                output.Add(run.Count);
            }
        }
    }

    public void Read(ref ReadOnlySpan<byte> input)
    {
        _segments.Clear();
        _codes.Clear();
        _users.Clear();
        int segmentCount = BinaryPrimitives.ReadUInt16LittleEndian(input);
        input = input[2..];
        for (int segment = 0; segment < segmentCount; segment++)
        {
            int length = input[0];
            int code = CodeOf(input.Slice(1, length));
            input = input[(1 + length)..];
            _segments[code].Demand.Read(ref input);
        }

        int userCount = BinaryPrimitives.ReadInt32LittleEndian(input);
        input = input[4..];
        for (int user = 0; user < userCount; user++)
        {
            ulong hash = BinaryPrimitives.ReadUInt64LittleEndian(input);
            var runs = new SegmentRun[input[8]];
            input = input[9..];
            for (int run = 0; run < runs.Length; run++)
            {
                runs[run] = new SegmentRun(BinaryPrimitives.ReadUInt16LittleEndian(input), input[2]);
                input = input[3..];
            }

            _users[hash] = runs;
        }
    }

    private ushort CodeOf(ReadOnlySpan<byte> name)
    {
        string text = Encoding.UTF8.GetString(name);
        ref ushort code = ref CollectionsMarshal.GetValueRefOrAddDefault(_codes, text, out bool isThere);
        if (isThere)
        {
            return code;
        }

        if (_segments.Count >= SegmentCountMax)
        {
            _codes.Remove(text);
            return None;
        }

        code = (ushort)_segments.Count;
        _segments.Add((text, new PopulationCounters(backend, _halfLifeMs)));
        return code;
    }
}
