using System.Text;

namespace Ebb.Engine.Catalogue;

/// <summary>What an item must be before it is looked at further. Stateless.</summary>
internal static class ItemPutRules
{
    public static EntryStatus Check(ItemPut item, int dimension)
    {
        if (!item.Id.IsValid)
        {
            return EntryStatus.IdLength;
        }

        // None at all: the graph gives it one, or nobody does.
        if (item.Vector.Length != dimension && !item.Vector.IsEmpty)
        {
            return EntryStatus.WrongDimension;
        }

        if (!IsWithinRange(item.Vector.Span))
        {
            return EntryStatus.NotFinite;
        }

        if (item.Tags.Count > ItemPut.TagCountMax)
        {
            return EntryStatus.AttributeTooLong;
        }

        EntryStatus status = CheckTexts(item.Category, item.Brand, item.Merchant);
        for (int at = 0; at < item.Tags.Count && status == EntryStatus.Ok; at++)
        {
            status = CheckText(item.Tags[at]);
        }

        return status;
    }

    private static EntryStatus CheckTexts(string? category, string? brand, string? merchant)
    {
        EntryStatus status = CheckText(category);
        status = status == EntryStatus.Ok ? CheckText(brand) : status;
        return status == EntryStatus.Ok ? CheckText(merchant) : status;
    }

    private static EntryStatus CheckText(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return EntryStatus.Ok;
        }

        // Half a surrogate pair would come back from the log as another text.
        if (!IsWellFormed(text))
        {
            return EntryStatus.Malformed;
        }

        return text.Length > ItemPut.AttributeBytesMax || Encoding.UTF8.GetByteCount(text) > ItemPut.AttributeBytesMax
            ? EntryStatus.AttributeTooLong
            : EntryStatus.Ok;
    }

    private static bool IsWellFormed(string text)
    {
        for (int at = 0; at < text.Length; at++)
        {
            if (char.IsSurrogate(text[at]))
            {
                if (at + 1 == text.Length || !char.IsSurrogatePair(text[at], text[at + 1]))
                {
                    return false;
                }

                at++;
            }
        }

        return true;
    }

    private static bool IsWithinRange(ReadOnlySpan<float> vector)
    {
        foreach (float element in vector)
        {
            // Written so that NaN fails it too.
            if (!(Math.Abs(element) <= ItemPut.ElementMax))
            {
                return false;
            }
        }

        return true;
    }
}
