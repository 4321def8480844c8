using System.Globalization;

namespace Ebb.Bench.Load;

/// <summary>Shares of the verbs, as <c>act=50,recommend=40,observe=10</c> says them. Immutable.</summary>
public sealed class VerbMix
{
    private readonly double[] _cumulative;

    private VerbMix(double[] shares)
    {
        double total = shares.Sum();
        double sum = 0;
        _cumulative = [.. shares.Select(share => (sum += share) / total)];
    }

    public static VerbMix Default { get; } = new([50, 40, 10, 0, 0]);

    /// <summary>False for an unknown verb, a negative share, or shares that add up to nothing.</summary>
    public static bool TryParse(string? text, out VerbMix mix)
    {
        mix = Default;
        var shares = new double[Enum.GetValues<Verb>().Length];
        foreach (string part in (text ?? "").Split(',', StringSplitOptions.TrimEntries))
        {
            string[] sides = part.Split('=');
            if (sides.Length != 2 || !Enum.TryParse(sides[0], ignoreCase: true, out Verb verb)
                || !Enum.IsDefined(verb)
                || !double.TryParse(sides[1], CultureInfo.InvariantCulture, out double share) || !(share >= 0))
            {
                return false;
            }

            shares[(int)verb] += share;
        }

        if (!(shares.Sum() > 0) || !double.IsFinite(shares.Sum()))
        {
            return false;
        }

        mix = new VerbMix(shares);
        return true;
    }

    /// <summary>The verb for a number drawn from [0, 1).</summary>
    public Verb Pick(double draw)
    {
        int index = Array.FindIndex(_cumulative, edge => draw < edge);
        return (Verb)(index < 0 ? Array.FindLastIndex(_cumulative, edge => edge > 0) : index);
    }
}
