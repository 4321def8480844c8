using System.Text;
using Ebb.Engine;
using Ebb.Engine.Catalogue;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Server.Transport;

/// <summary>
/// One entry of ITEM_PUT, ITEM_DESCRIBE, ITEM_REMOVE or ITEM_PATCH, copied out of its frame, and what became of it.
/// </summary>
internal sealed class CatalogueEntry
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public OpaqueId Id { get; private init; }

    /// <summary>Of ITEM_PATCH alone.</summary>
    public ItemPatch? Patch { get; private init; }

    /// <summary>Null for a removal or a patch, and for what was refused.</summary>
    public ItemPut? Put { get; private set; }

    public EntryStatus Status { get; set; }

    public static StatusCode TryReadAll(
        in FrameContext frame, ProtocolLimits limits, out List<CatalogueEntry> entries) =>
        frame.Header.Opcode switch
        {
            Opcode.ItemPut => TryReadPuts(frame.Body, limits, out entries),
            Opcode.ItemDescribe => TryReadDescriptions(frame.Body, limits, out entries),
            Opcode.ItemPatch => TryReadPatches(frame.Body, limits, out entries),
            _ => TryReadRemovals(frame.Body, limits, out entries),
        };

    private static StatusCode TryReadPatches(
        ReadOnlySpan<byte> body, ProtocolLimits limits, out List<CatalogueEntry> entries)
    {
        entries = [];
        var status = ItemPatchReader.TryOpen(body, limits, out var patches);
        if (status != StatusCode.Ok)
        {
            return status;
        }

        while (patches.TryNext(out var patch))
        {
            bool isValid = patch.Id.Length is >= 1 and <= ProtocolLimits.IdBytesMax;
            OpaqueId id = isValid ? new OpaqueId(patch.Id.ToArray()) : default;
            entries.Add(new CatalogueEntry
            {
                Id = id,
                Patch = new ItemPatch(id)
                {
                    InStock = patch.InStock,
                    ValidFromMs = patch.FromMs,
                    ValidUntilMs = patch.UntilMs,
                    Price = patch.Price,
                    RemovesPrice = patch.RemovesPrice,
                },
                Status = isValid ? EntryStatus.Ok : EntryStatus.IdLength,
            });
        }

        return patches.Finish();
    }

    private static StatusCode TryReadPuts(
        ReadOnlySpan<byte> body, ProtocolLimits limits, out List<CatalogueEntry> entries)
    {
        entries = [];
        var status = ItemPutReader.TryOpen(body, limits, out var items);
        if (status != StatusCode.Ok)
        {
            return status;
        }

        while (items.TryNext(out var item))
        {
            entries.Add(FromItem(item));
        }

        return items.Finish();
    }

    private static StatusCode TryReadDescriptions(
        ReadOnlySpan<byte> body, ProtocolLimits limits, out List<CatalogueEntry> entries)
    {
        entries = [];
        var status = ItemDescribeReader.TryOpen(body, limits, out var items);
        if (status != StatusCode.Ok)
        {
            return status;
        }

        while (items.TryNext(out var item, out var description))
        {
            var entry = FromItem(item);
            entry.Describe(description);
            entries.Add(entry);
        }

        return items.Finish();
    }

    private static StatusCode TryReadRemovals(
        ReadOnlySpan<byte> body, ProtocolLimits limits, out List<CatalogueEntry> entries)
    {
        entries = [];
        var status = ItemRemoveReader.TryOpen(body, limits, out var items);
        if (status != StatusCode.Ok)
        {
            return status;
        }

        while (items.TryNext(out var id))
        {
            bool isValid = id.Length is >= 1 and <= ProtocolLimits.IdBytesMax;
            entries.Add(new CatalogueEntry
            {
                Id = isValid ? new OpaqueId(id.ToArray()) : default,
                Status = isValid ? EntryStatus.Ok : EntryStatus.IdLength,
            });
        }

        return items.Finish();
    }

    private static CatalogueEntry FromItem(in ItemEntry item)
    {
        var lengths = item.JudgeLengths();
        if (lengths != StatusCode.Ok)
        {
            return new CatalogueEntry { Status = (EntryStatus)(ushort)lengths };
        }

        float[] vector = new float[item.Dimension];
        item.CopyVector(vector);
        var entry = new CatalogueEntry { Id = new OpaqueId(item.Id.ToArray()) };
        try
        {
            entry.Put = new ItemPut(entry.Id, vector)
            {
                Category = ToText(item.Category),
                Brand = ToText(item.Brand),
                Merchant = ToText(item.Merchant),
                Tags = ToTexts(item.Tags, item.TagCount),
                InStock = item.InStock,
            };
        }
        catch (DecoderFallbackException)
        {
            entry.Status = EntryStatus.Malformed;
        }

        return entry;
    }

    private void Describe(in ItemDescriptionEntry description)
    {
        if (Put is null)
        {
            return;
        }

        var blocks = new Dictionary<string, ReadOnlyMemory<float>>();
        var reader = new WireReader(description.Blocks);
        try
        {
            for (int index = 0; index < description.BlockCount; index++)
            {
                ItemDescriptionEntry.TryReadBlock(ref reader, out var name, out var bytes);
                float[] values = new float[bytes.Length / sizeof(float)];
                new WireReader(bytes).ReadSingles(values);
                blocks[StrictUtf8.GetString(name)] = values;
            }

            Put = Put with
            {
                Text = ToText(description.Text),
                EncodeText = description.EncodeText,
                Blocks = blocks,
            };
        }
        catch (DecoderFallbackException)
        {
            Put = null;
            Status = EntryStatus.Malformed;
        }
    }

    private static string? ToText(ReadOnlySpan<byte> utf8) => utf8.IsEmpty ? null : StrictUtf8.GetString(utf8);

    private static string[] ToTexts(ReadOnlySpan<byte> tags, int count)
    {
        var reader = new WireReader(tags);
        string[] texts = new string[count];
        for (int index = 0; index < count; index++)
        {
            texts[index] = StrictUtf8.GetString(reader.ReadBytes(reader.ReadByte()));
        }

        return texts;
    }
}
