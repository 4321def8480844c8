using Ebb.Engine.Catalogue;

namespace Ebb.Engine.Encoders;

/// <summary>
/// Gives an item that is described, by a text or by named blocks, its one vector. Any thread; the model that serves
/// then is asked.
/// </summary>
internal sealed class ItemDescriber(VectorBlocks blocks, int dimension, Func<SequenceEncoder?> encoder)
{
    private long _encodedCount;
    private long _wordlessCount;

    /// <summary>Texts that became vectors.</summary>
    public long EncodedCount => Volatile.Read(ref _encodedCount);

    /// <summary>Texts without a word that the model knows: the item, or its block, is zeros.</summary>
    public long WordlessCount => Volatile.Read(ref _wordlessCount);

    /// <returns>
    /// Ok; WrongDimension for a block that is not as the layout says, for a vector beside blocks, and for a text that
    /// no model can read where nothing else gives the vector; Internal when the model cannot be run.
    /// </returns>
    public EntryStatus Describe(ItemPut item, out ItemPut plain)
    {
        plain = item;
        if (item.Blocks.Count > 0 && (item.Vector.Length > 0 || blocks.IsEmpty))
        {
            return EntryStatus.WrongDimension;
        }

        var given = new Dictionary<string, ReadOnlyMemory<float>>(item.Blocks, StringComparer.Ordinal);
        bool hasText = !string.IsNullOrEmpty(item.Text);
        int textLength = blocks.IsEmpty ? dimension : blocks.LengthOf(VectorBlock.TextName);
        bool isVectorGiven = blocks.IsEmpty
            ? item.Vector.Length > 0
            : item.Vector.Length > 0 || given.ContainsKey(VectorBlock.TextName);
        float[]? read = null;
        if (hasText && (!isVectorGiven || item.EncodeText))
        {
            EntryStatus status = Read(item.Text!, textLength, out read);
            bool mayGoWithout = status == EntryStatus.WrongDimension && given.Count > 0 && !item.EncodeText;
            if (status != EntryStatus.Ok && !mayGoWithout)
            {
                return status;
            }
        }

        return Join(item, given, read, out plain);
    }

    private EntryStatus Join(
        ItemPut item, Dictionary<string, ReadOnlyMemory<float>> given, float[]? read, out ItemPut plain)
    {
        plain = item with { Text = null, Blocks = ItemPut.NoBlocks };
        if (blocks.IsEmpty)
        {
            plain = read is null ? plain : plain with { Vector = read };
            return EntryStatus.Ok;
        }

        if (item.Vector.Length > 0 && read is null)
        {
            return EntryStatus.Ok;
        }

        if (read is not null)
        {
            given[VectorBlock.TextName] = read;
        }

        if (!blocks.TryJoin(given, item.Vector.Span, out float[] vector))
        {
            return EntryStatus.WrongDimension;
        }

        plain = plain with { Vector = vector };
        return EntryStatus.Ok;
    }

    private EntryStatus Read(string text, int length, out float[]? vector)
    {
        vector = null;
        if (encoder()?.Items is not { } items || items.Dimension != length)
        {
            return EntryStatus.WrongDimension;
        }

        try
        {
            vector = items.Encode(text);
        }
        catch (BundleException)
        {
            return EntryStatus.Internal;
        }

        Interlocked.Increment(ref vector.Length == 0 ? ref _wordlessCount : ref _encodedCount);
        vector = vector.Length == 0 ? new float[length] : vector;
        return EntryStatus.Ok;
    }
}
