using Ebb.Engine.Catalogue;

namespace Ebb.Engine.Encoders;

/// <summary>
/// The categories that a model's head tells apart, and the catalogue's codes for them. Any thread. Invariant: codes are
/// for ever, so a name that was found once keeps its code.
/// </summary>
internal sealed class HeadCategories(IReadOnlyList<string> names)
{
    private Found _found = new(-1, new uint[names.Count]);

    public int Count => names.Count;

    /// <summary>By column of the head; 0 where the catalogue has no such category.</summary>
    public uint[] CodesIn(CatalogueLease catalogue)
    {
        int known = catalogue.CountTexts(AttributeKind.Category);
        Found found = Volatile.Read(ref _found);
        if (found.TextCount != known)
        {
            uint[] codes = new uint[names.Count];
            for (int column = 0; column < codes.Length; column++)
            {
                codes[column] = catalogue.Code(AttributeKind.Category, names[column]);
            }

            found = new Found(known, codes);
            Volatile.Write(ref _found, found);
        }

        return found.Codes;
    }

    private sealed record Found(int TextCount, uint[] Codes);
}
