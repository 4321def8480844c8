using System.Buffers.Binary;
using System.Text;

namespace Ebb.Engine.Merchandising;

/// <summary>
/// A change of a rule in the catalogue's log and base, little-endian:
/// <code>
/// 0 u64 sequence · 8 i64 time, ms · 16 u8 what · 17 u8 action · 18 u8 subject · 19 u8 value bytes · 20 u32 number
/// 24 f32 amount · 28 i64 until, ms · 36 u8 segment bytes · 37 u8 author bytes · 38 u8 reason bytes · 39 u8 zero
/// 40 value, segment, author, reason
/// </code>
/// </summary>
internal static class RuleCodec
{
    private const int HeadBytes = 40;

    public static int BytesOf(RuleChange change) =>
        HeadBytes + change.Rule.Value.Span.Length + Encoding.UTF8.GetByteCount(change.Rule.Segment)
        + Encoding.UTF8.GetByteCount(change.Rule.Author) + Encoding.UTF8.GetByteCount(change.Rule.Reason);

    /// <param name="change">Valid, as judged when it was put.</param>
    /// <param name="bytes">BytesOf(change) long.</param>
    public static void Write(RuleChange change, Span<byte> bytes)
    {
        ShopRule rule = change.Rule;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, change.Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], change.TimeMs);
        bytes[16] = (byte)change.What;
        bytes[17] = (byte)rule.Action;
        bytes[18] = (byte)rule.Subject;
        bytes[19] = (byte)rule.Value.Span.Length;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[20..], rule.Number);
        BinaryPrimitives.WriteSingleLittleEndian(bytes[24..], rule.Amount);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[28..], rule.UntilMs);
        bytes[39] = 0;
        Span<byte> rest = bytes[HeadBytes..];
        rule.Value.Span.CopyTo(rest);
        rest = rest[rule.Value.Span.Length..];
        bytes[36] = WriteText(rule.Segment, ref rest);
        bytes[37] = WriteText(rule.Author, ref rest);
        bytes[38] = WriteText(rule.Reason, ref rest);
    }

    /// <summary>False: cut short, or of a kind that this build does not know.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out RuleChange change)
    {
        change = null!;
        if (bytes.Length < HeadBytes
            || bytes.Length != HeadBytes + bytes[19] + bytes[36] + bytes[37] + bytes[38]
            || bytes[19] is 0 or > OpaqueId.BytesMax || bytes[16] > (byte)RuleWhat.InForce
            || bytes[17] > (byte)RuleAction.Bury || bytes[18] > (byte)RuleSubject.Item)
        {
            return false;
        }

        ReadOnlySpan<byte> rest = bytes[(HeadBytes + bytes[19])..];
        var rule = new ShopRule(
            (RuleAction)bytes[17], (RuleSubject)bytes[18], new OpaqueId(bytes.Slice(HeadBytes, bytes[19]).ToArray()))
        {
            Number = BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]),
            Amount = BinaryPrimitives.ReadSingleLittleEndian(bytes[24..]),
            UntilMs = BinaryPrimitives.ReadInt64LittleEndian(bytes[28..]),
            Segment = ReadText(bytes[36], ref rest),
            Author = ReadText(bytes[37], ref rest),
            Reason = ReadText(bytes[38], ref rest),
        };
        change = new RuleChange(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
            (RuleWhat)bytes[16], rule);
        return true;
    }

    private static byte WriteText(string text, ref Span<byte> rest)
    {
        int count = Encoding.UTF8.GetBytes(text, rest);
        rest = rest[count..];
        return (byte)count;
    }

    private static string ReadText(int count, ref ReadOnlySpan<byte> rest)
    {
        string text = Encoding.UTF8.GetString(rest[..count]);
        rest = rest[count..];
        return text;
    }
}
