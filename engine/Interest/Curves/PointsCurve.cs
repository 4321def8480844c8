namespace Ebb.Engine.Interest.Curves;

/// <summary>
/// Free points, ages rising: straight lines between them, the first and the last value held before and after.
/// </summary>
public sealed record PointsCurve(IReadOnlyList<CurvePoint> Points) : ForgettingCurve
{
    public override string? Problem
    {
        get
        {
            if (Points.Count < 2)
            {
                return "a curve of points has at least two";
            }

            for (int index = 0; index < Points.Count; index++)
            {
                if (!double.IsFinite(Points[index].Value))
                {
                    return $"point {index} has a value that is not a finite number";
                }

                if (Points[index].Age < TimeSpan.Zero || (index > 0 && Points[index].Age <= Points[index - 1].Age))
                {
                    return $"point {index} has an age that is negative or not above the one before";
                }
            }

            return null;
        }
    }

    public override double Limit => Points[^1].Value;

    public override IReadOnlyList<double> BreakAgesMs => [.. Points.Select(point => point.Age.TotalMilliseconds)];

    public override double MiddleAgeMs => Points[Points.Count / 2].Age.TotalMilliseconds;

    public override double SettledAgeMs => 1.5 * Points[^1].Age.TotalMilliseconds;

    public override double At(double ageMs)
    {
        int after = 0;
        while (after < Points.Count && Points[after].Age.TotalMilliseconds <= ageMs)
        {
            after++;
        }

        if (after == 0 || after == Points.Count)
        {
            return after == 0 ? Points[0].Value : Points[^1].Value;
        }

        CurvePoint left = Points[after - 1];
        CurvePoint right = Points[after];
        double share = (ageMs - left.Age.TotalMilliseconds) / (right.Age - left.Age).TotalMilliseconds;
        return left.Value + (share * (right.Value - left.Value));
    }

    public bool Equals(PointsCurve? other) => other is not null && Points.SequenceEqual(other.Points);

    public override int GetHashCode() => Points.Aggregate(0, HashCode.Combine);
}
