namespace Ebb.Engine.Experiments;

/// <summary>
/// Sums over the users of one arm, of shown n, clicked c and converted v of each: all that the estimates need, because
/// the user is the unit that was randomised. Integers, so they add in any order and subtract exactly.
/// </summary>
public record struct ArmSums
{
    internal const int FieldCount = 12;

    /// <summary>Who was shown anything.</summary>
    public long Users { get; set; }

    /// <summary>Impressions of one moment are one list.</summary>
    public long Lists { get; set; }

    public long Shown { get; set; }

    public long Clicked { get; set; }

    public long Converted { get; set; }

    /// <summary>Users with a click.</summary>
    public long Clickers { get; set; }

    /// <summary>Users with a conversion.</summary>
    public long Buyers { get; set; }

    public long ShownSquares { get; set; }

    public long ClickedSquares { get; set; }

    public long ConvertedSquares { get; set; }

    public long ShownClicked { get; set; }

    public long ShownConverted { get; set; }

    public static ArmSums operator +(in ArmSums left, in ArmSums right) => Combine(left, right, 1);

    public static ArmSums operator -(in ArmSums left, in ArmSums right) => Combine(left, right, -1);

    /// <summary>What one user adds.</summary>
    public static ArmSums Of(long shown, long clicked, long converted, long lists = 0) => new()
    {
        Users = 1,
        Lists = lists,
        Shown = shown,
        Clicked = clicked,
        Converted = converted,
        Clickers = clicked > 0 ? 1 : 0,
        Buyers = converted > 0 ? 1 : 0,
        ShownSquares = shown * shown,
        ClickedSquares = clicked * clicked,
        ConvertedSquares = converted * converted,
        ShownClicked = shown * clicked,
        ShownConverted = shown * converted,
    };

    internal readonly void Write(Span<long> fields)
    {
        long[] values =
        [
            Users, Lists, Shown, Clicked, Converted, Clickers, Buyers, ShownSquares, ClickedSquares, ConvertedSquares,
            ShownClicked, ShownConverted,
        ];
        values.CopyTo(fields);
    }

    internal static ArmSums Read(ReadOnlySpan<long> fields) => new()
    {
        Users = fields[0],
        Lists = fields[1],
        Shown = fields[2],
        Clicked = fields[3],
        Converted = fields[4],
        Clickers = fields[5],
        Buyers = fields[6],
        ShownSquares = fields[7],
        ClickedSquares = fields[8],
        ConvertedSquares = fields[9],
        ShownClicked = fields[10],
        ShownConverted = fields[11],
    };

    private static ArmSums Combine(in ArmSums left, in ArmSums right, long sign)
    {
        Span<long> one = stackalloc long[FieldCount];
        Span<long> other = stackalloc long[FieldCount];
        left.Write(one);
        right.Write(other);
        for (int field = 0; field < FieldCount; field++)
        {
            one[field] += sign * other[field];
        }

        return Read(one);
    }
}
