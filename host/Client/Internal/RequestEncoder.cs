using System.Buffers.Binary;
using System.Text;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Client.Internal;

/// <summary>
/// Encodes requests into frames of their own. What cannot be written as it is (an id over 255 bytes) is written so that
/// the server refuses that entry: a caller has one place where mistakes show, the status.
/// </summary>
internal static class RequestEncoder
{
    // The sequence is the first tagged field, so that it can be filled in when the frame's turn comes.
    private const int SequenceOffset = FrameHeader.Bytes + 4;
    private const int CorrelationOffset = 8;
    private const int TimeOffset = 20;

    [ThreadStatic]
    private static FrameBuffer? _buffer;

    public static byte[] Encode<TState>(
        Opcode opcode, FrameFlags flags, int sequencedEvents, TState state, Action<FrameBuffer, TState> writeBody)
    {
        var buffer = _buffer ??= new FrameBuffer();
        buffer.Clear();
        var frame = new FrameWriter(buffer, new FrameHeader
        {
            Version = FrameHeader.Version1,
            Opcode = opcode,
            Flags = flags,
        });
        if (sequencedEvents > 0)
        {
            frame.Tag(FieldTag.Sequence, 0UL);
        }

        writeBody(frame.Body(), state);
        frame.Complete();
        byte[] bytes = buffer.Written.ToArray();
        buffer.Trim(1 << 20);
        return bytes;
    }

    public static void SetCorrelation(byte[] frame, ulong correlationId) =>
        BinaryPrimitives.WriteUInt64LittleEndian(frame.AsSpan(CorrelationOffset), correlationId);

    public static void SetDeadline(byte[] frame, uint microseconds) =>
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(TimeOffset), microseconds);

    public static void SetSequence(byte[] frame, ulong sequence) =>
        BinaryPrimitives.WriteUInt64LittleEndian(frame.AsSpan(SequenceOffset), sequence);

    public static void Schema(FrameBuffer body, string document) => new SchemaRequest
    {
        Changes = document.Length > 0,
        Document = Encoding.UTF8.GetBytes(document),
    }.Write(body);

    public static void Backup(FrameBuffer body, string name) =>
        new BackupRequest { Name = Encoding.UTF8.GetBytes(name) }.Write(body);

    public static void Events(FrameBuffer body, IReadOnlyList<EbbEvent> events)
    {
        var writer = new EventListWriter(body);
        for (int index = 0; index < events.Count; index++)
        {
            var one = events[index];
            writer.Add(new EventEntry
            {
                User = Sendable(one.User),
                Item = Sendable(one.Item),
                Type = one.Type,
                TimeMs = one.TimeMs,
                HasValue = one.Value.HasValue,
                Value = one.Value.GetValueOrDefault(),
                EventId = one.EventId,
            });
        }

        writer.Complete(events.Count);
    }

    public static void Actions(FrameBuffer body, IReadOnlyList<EbbAction> actions)
    {
        var writer = new EventListWriter(body);
        for (int index = 0; index < actions.Count; index++)
        {
            var one = actions[index];
            writer.Add(new EventEntry
            {
                Item = Sendable(one.Item),
                Type = one.Type,
                TimeMs = one.TimeMs,
                HasValue = one.Value.HasValue,
                Value = one.Value.GetValueOrDefault(),
                EventId = one.EventId,
            });
        }

        writer.Complete(actions.Count);
    }

    public static void Query(FrameBuffer body, EbbId user, EbbQuery query)
    {
        var head = new QueryHead(
            (ushort)Math.Clamp(query.Count, 0, ushort.MaxValue),
            query.Surface,
            query.ExcludeSeen,
            query.Explain,
            query.Filter.IncludeOutOfStock,
            query.NowMs ?? long.MinValue)
        {
            Probabilities = query.Probabilities,
            Sources = query.Sources,
            Price = query.Filter.Price,
            Segment = Text(query.Filter.Segment).ToArray(),
            KindCount = Math.Min(query.Kinds.Count, byte.MaxValue),
            Kinds = query.Kinds.Count == 0 ? default : KindCodec.Encode(query.Kinds),
        };
        var writer = new QueryWriter(body, Sendable(user), head);
        foreach (var value in query.Filter.Allow.Take(byte.MaxValue))
        {
            writer.Allow(value.Kind, Text(value.Value));
        }

        foreach (var value in query.Filter.Deny.Take(byte.MaxValue))
        {
            writer.Deny(value.Kind, Text(value.Value));
        }
    }

    public static void Rank(FrameBuffer body, EbbId user, IReadOnlyList<EbbCandidate> candidates, long? nowMs)
    {
        var writer = new RankWriter(body, Sendable(user), candidates.Count, nowMs ?? long.MinValue);
        for (int index = 0; index < candidates.Count; index++)
        {
            writer.Add(Sendable(candidates[index].Item), candidates[index].Relevance);
        }
    }

    public static void Profile(FrameBuffer body, EbbId user, long? nowMs) =>
        new ProfileRequest
        {
            User = Sendable(user),
            NowMs = nowMs ?? long.MinValue,
            WantsPhases = true,
            WantsNext = true,
        }.Write(body);

    public static void Why(FrameBuffer body, EbbId user, EbbId item, (long? Since, long? Now) moments) =>
        new WhyRequest
        {
            User = Sendable(user),
            Item = Sendable(item),
            NowMs = moments.Now ?? long.MinValue,
            SinceMs = moments.Since ?? long.MinValue,
        }.Write(body);

    public static void Subscribe(FrameBuffer body, (EbbId User, bool Ends) asked) =>
        new SubscribeRequest { User = Sendable(asked.User), Ends = asked.Ends }.Write(body);

    public static void Drift(FrameBuffer body, EbbId user, bool raw, long? nowMs) =>
        new DriftRequest { User = Sendable(user), NowMs = nowMs ?? long.MinValue, Raw = raw }.Write(body);

    public static void Forget(FrameBuffer body, EbbId user) =>
        new ForgetRequest { User = Sendable(user) }.Write(body);

    public static void Merge(FrameBuffer body, (EbbId From, EbbId To) keys) =>
        new MergeRequest { From = Sendable(keys.From), To = Sendable(keys.To) }.Write(body);

    public static void Unsend(FrameBuffer body, EbbId user, ulong eventId) =>
        new UnsendRequest { User = Sendable(user), EventId = eventId }.Write(body);

    public static void Items(FrameBuffer body, IReadOnlyList<EbbItem> items)
    {
        var writer = new ItemPutWriter(body, items.Count);
        for (int index = 0; index < items.Count; index++)
        {
            Item(writer, items[index]);
        }
    }

    public static void Item(ItemPutWriter writer, EbbItem item)
    {
        int dimension = Math.Min(item.Vector.Length, ushort.MaxValue);
        int tagCount = Math.Min(item.Tags.Count, byte.MaxValue);
        writer.Begin(new ItemEntry
        {
            Id = Sendable(item.Id),
            Category = Text(item.Category),
            Brand = Text(item.Brand),
            Merchant = Text(item.Merchant),
            TagCount = tagCount,
            InStock = item.InStock,
            Dimension = dimension,
        });
        for (int tag = 0; tag < tagCount; tag++)
        {
            writer.Tag(Text(item.Tags[tag]));
        }

        writer.Vector(item.Vector.Span[..dimension]);
    }

    public static void Removals(FrameBuffer body, IReadOnlyList<EbbId> items)
    {
        var writer = new ItemRemoveWriter(body, items.Count);
        for (int index = 0; index < items.Count; index++)
        {
            writer.Add(Sendable(items[index]));
        }
    }

    public static ReadOnlySpan<byte> Sendable(EbbId id) => id.Span.Length <= byte.MaxValue ? id.Span : default;

    public static ReadOnlySpan<byte> Text(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return default;
        }

        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        return utf8.AsSpan(0, Math.Min(utf8.Length, byte.MaxValue));
    }
}
