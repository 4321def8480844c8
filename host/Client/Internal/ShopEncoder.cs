using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Client.Internal;

/// <summary>
/// Bodies of the requests of <see cref="EbbShop"/>. What cannot be sent is left for the server to refuse.
/// </summary>
internal static class ShopEncoder
{
    public static void Patches(FrameBuffer body, IReadOnlyList<EbbItemPatch> patches)
    {
        body.WriteUInt32((uint)patches.Count);
        for (int index = 0; index < patches.Count; index++)
        {
            var patch = patches[index];
            new ItemPatchEntry
            {
                Id = RequestEncoder.Sendable(patch.Item),
                InStock = patch.InStock,
                FromMs = patch.ValidFromMs,
                UntilMs = patch.ValidUntilMs,
                Price = patch.Price,
                RemovesPrice = patch.RemovesPrice,
            }.Write(body);
        }
    }

    public static void Descriptions(FrameBuffer body, IReadOnlyList<EbbItemDescription> items)
    {
        var writer = new ItemPutWriter(body, items.Count);
        foreach (var item in items)
        {
            RequestEncoder.Item(writer, item.Item);
            byte[] text = RequestEncoder.Text(item.Text).ToArray();
            new ItemDescriptionEntry
            {
                EncodeText = item.EncodeText,
                Text = text.AsSpan(0, Math.Min(text.Length, ushort.MaxValue)),
                BlockCount = Math.Min(item.Blocks.Count, byte.MaxValue),
            }.WriteHead(body);
            foreach ((string name, ReadOnlyMemory<float> values) in item.Blocks.Take(byte.MaxValue))
            {
                int length = Math.Min(values.Length, ushort.MaxValue);
                ItemDescriptionEntry.WriteBlock(body, RequestEncoder.Text(name), values.Span[..length]);
            }
        }
    }

    public static void Rules(FrameBuffer body, EbbRulesVerb verb, EbbRule? rule) => new RulesRequest
    {
        Verb = verb,
        Rule = rule is null ? default : new RuleEntry
        {
            Action = (byte)rule.Action,
            Subject = (byte)rule.Subject,
            Number = rule.Number,
            Amount = rule.Amount,
            UntilMs = rule.UntilMs,
            Value = RequestEncoder.Sendable(rule.Value),
            Segment = RequestEncoder.Text(rule.Segment),
            Author = RequestEncoder.Text(rule.Author),
            Reason = RequestEncoder.Text(rule.Reason),
        },
    }.Write(body);

    public static void Audience(
        FrameBuffer body, EbbId item, int count, (bool ExcludeSeen, long? NowMs) options) => new AudienceRequest
        {
            Item = RequestEncoder.Sendable(item),
            Count = (ushort)Math.Clamp(count, 0, ushort.MaxValue),
            ExcludeSeen = options.ExcludeSeen,
            NowMs = options.NowMs ?? long.MinValue,
        }.Write(body);

    public static void Similar(FrameBuffer body, IReadOnlyList<EbbId> items, EbbSimilarKind kind, EbbQuery query)
    {
        int otherCount = Math.Clamp(items.Count - 1, 0, byte.MaxValue);
        SimilarRequest.WriteHead(body, kind, otherCount);
        RequestEncoder.Query(body, items.Count == 0 ? default : items[0], query);
        for (int index = 1; index <= otherCount; index++)
        {
            SimilarRequest.WriteOther(body, RequestEncoder.Sendable(items[index]));
        }
    }
}
