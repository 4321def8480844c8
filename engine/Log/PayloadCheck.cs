using System.Globalization;

namespace Ebb.Engine.Log;

/// <summary>What both logs ask of the payloads of one append, before the first of them is taken.</summary>
internal static class PayloadCheck
{
    public static void Verify(ReadOnlySpan<byte> payloads, ReadOnlySpan<int> lengths)
    {
        long total = 0;
        foreach (int length in lengths)
        {
            if (length is < 0 or > LogFrame.PayloadBytesMax)
            {
                throw new ArgumentException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"a payload of {length} bytes: a log entry has 0 to {LogFrame.PayloadBytesMax}"));
            }

            total += length;
        }

        if (total != payloads.Length)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"the payload lengths add up to {total}, {payloads.Length} bytes were given"));
        }
    }
}
