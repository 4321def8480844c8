using System.Text;
using Ebb.Engine.Catalogue;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Server.Transport;

/// <summary>
/// Turns a query's filter bytes into the engine's filter, the same bytes into the same object, so that a connection
/// that asks with the same few filters allocates nothing. Used by one connection's read loop alone.
/// </summary>
internal sealed class FilterCache
{
    private const int EntryCountMax = 16;

    private static readonly ItemFilter WithOutOfStock = new() { IncludeOutOfStock = true };

    private readonly List<Entry> _entries = new(EntryCountMax);
    private int _next;

    public ItemFilter Get(in QueryReader query)
    {
        if (query.FilterValues.IsEmpty && !query.HasPrice && query.Segment.IsEmpty)
        {
            return query.IncludeOutOfStock ? WithOutOfStock : ItemFilter.None;
        }

        foreach (var entry in _entries)
        {
            if (entry.AllowCount == query.AllowCount
                && entry.Filter.IncludeOutOfStock == query.IncludeOutOfStock
                && entry.Filter.Price == PriceOf(query)
                && query.Segment.SequenceEqual(entry.Segment)
                && query.FilterValues.SequenceEqual(entry.Bytes))
            {
                return entry.Filter;
            }
        }

        return Keep(new Entry(
            query.FilterValues.ToArray(), query.Segment.ToArray(), query.AllowCount, Decode(query)));
    }

    private ItemFilter Keep(Entry entry)
    {
        if (_entries.Count < EntryCountMax)
        {
            _entries.Add(entry);
        }
        else
        {
            _entries[_next] = entry;
            _next = (_next + 1) % EntryCountMax;
        }

        return entry.Filter;
    }

    private static ItemFilter Decode(in QueryReader query)
    {
        var reader = new WireReader(query.FilterValues);
        var allow = DecodeValues(ref reader, query.AllowCount);
        var deny = DecodeValues(ref reader, query.DenyCount);
        return new ItemFilter
        {
            Allow = allow,
            Deny = deny,
            IncludeOutOfStock = query.IncludeOutOfStock,
            Price = PriceOf(query),
            Segment = Encoding.UTF8.GetString(query.Segment),
        };
    }

    private static PriceRange? PriceOf(in QueryReader query) =>
        query.HasPrice ? new PriceRange(query.PriceMin, query.PriceMax) : null;

    private static AttributeValue[] DecodeValues(ref WireReader reader, int count)
    {
        var values = new AttributeValue[count];
        for (int index = 0; index < count; index++)
        {
            var kind = (AttributeKind)reader.ReadByte();
            values[index] = new AttributeValue(kind, Encoding.UTF8.GetString(reader.ReadBytes(reader.ReadByte())));
        }

        return values;
    }

    private readonly record struct Entry(byte[] Bytes, byte[] Segment, int AllowCount, ItemFilter Filter);
}
