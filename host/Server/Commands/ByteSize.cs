using System.Globalization;

namespace Ebb.Server.Commands;

/// <summary>
/// Amounts of bytes as people write them: "1048576", "64KiB", "512MiB", "4GiB", "1TiB"; K, M, G and T alone count in
/// 1024s too.
/// </summary>
public readonly record struct ByteSize(long Bytes)
{
    private static readonly string[] Units = ["", "K", "M", "G", "T"];

    public static bool TryParse(string? text, out long bytes)
    {
        bytes = 0;
        string upper = (text ?? "").Trim().ToUpperInvariant();
        string number = upper.TrimEnd('B', 'I', 'K', 'M', 'G', 'T', ' ');
        string unit = upper[number.Length..].Trim().Replace("IB", "", StringComparison.Ordinal).TrimEnd('B');
        int power = Array.IndexOf(Units, unit);
        bool read = double.TryParse(
            number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count);
        double total = count * Math.Pow(1024, Math.Max(power, 0));
        if (!read || power < 0 || !(total >= 1) || total >= long.MaxValue)
        {
            return false;
        }

        bytes = (long)total;
        return true;
    }

    /// <summary>Three significant digits in the largest fitting unit: "6.22 MiB".</summary>
    public static string Format(long bytes)
    {
        double amount = bytes;
        int power = 0;
        while (amount >= 1024 && power < Units.Length - 1)
        {
            amount /= 1024;
            power++;
        }

        string suffix = power == 0 ? " B" : $" {Units[power]}iB";
        string form = amount >= 100 || power == 0 ? "0" : amount >= 10 ? "0.0" : "0.00";
        return amount.ToString(form, CultureInfo.InvariantCulture) + suffix;
    }

    public override string ToString() => Format(Bytes);
}
