using System.Buffers.Binary;
using Ebb.Engine.Log;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine.Ranking;

/// <summary>
/// Keeps over a restart which items are new, beside the base and no part of it: served state, so a file that is missing
/// or damaged costs those items their exploration places and nothing else. One thread at a time.
/// </summary>
/// <remarks>
/// "EBBNEW1\n" · u32 CRC32C of what follows · u32 count · count × (i32 row, i64 first put, ms), little-endian.
/// </remarks>
internal sealed partial class NewItemsFile(string folder, ILogger logger)
{
    public const string FileName = "NEWITEMS";

    private const int CrcOffset = 8;
    private const int CountOffset = 12;
    private const int HeadBytes = 16;
    private const int ItemBytes = 12;

    private readonly string _path = Path.Combine(folder, FileName);

    private static ReadOnlySpan<byte> Magic => "EBBNEW1\n"u8;

    public (int Row, long AtMs)[] Read()
    {
        try
        {
            if (File.Exists(_path))
            {
                byte[] bytes = File.ReadAllBytes(_path);
                if (TryDecode(bytes, out (int Row, long AtMs)[] items))
                {
                    return items;
                }

                Damaged(logger, _path);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            NotKept(logger, _path, failure.Message);
        }

        return [];
    }

    public void Write(ReadOnlySpan<(int Row, long AtMs)> items)
    {
        byte[] bytes = new byte[HeadBytes + (items.Length * ItemBytes)];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(CountOffset), items.Length);
        for (int index = 0; index < items.Length; index++)
        {
            Span<byte> entry = bytes.AsSpan(HeadBytes + (index * ItemBytes), ItemBytes);
            BinaryPrimitives.WriteInt32LittleEndian(entry, items[index].Row);
            BinaryPrimitives.WriteInt64LittleEndian(entry[sizeof(int)..], items[index].AtMs);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(CrcOffset), Crc32C.Compute(bytes.AsSpan(CountOffset)));
        try
        {
            // Not synced: what a loss of power leaves of it fails the checksum.
            File.WriteAllBytes(_path + ".tmp", bytes);
            File.Move(_path + ".tmp", _path, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            NotKept(logger, _path, failure.Message);
        }
    }

    private static bool TryDecode(ReadOnlySpan<byte> bytes, out (int Row, long AtMs)[] items)
    {
        items = [];
        if (bytes.Length < HeadBytes || !bytes.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[CrcOffset..]) != Crc32C.Compute(bytes[CountOffset..]))
        {
            return false;
        }

        int count = BinaryPrimitives.ReadInt32LittleEndian(bytes[CountOffset..]);
        if (count is < 0 or > NewItems.CountMax || bytes.Length != HeadBytes + (count * ItemBytes))
        {
            return false;
        }

        items = new (int Row, long AtMs)[count];
        for (int index = 0; index < count; index++)
        {
            ReadOnlySpan<byte> entry = bytes.Slice(HeadBytes + (index * ItemBytes), ItemBytes);
            items[index] = (
                BinaryPrimitives.ReadInt32LittleEndian(entry),
                BinaryPrimitives.ReadInt64LittleEndian(entry[sizeof(int)..]));
        }

        return Array.TrueForAll(items, item => item.Row >= 0);
    }

    [LoggerMessage(240, LogLevel.Warning, "{Path} is damaged: which items are new is learned afresh")]
    private static partial void Damaged(ILogger logger, string path);

    [LoggerMessage(241, LogLevel.Warning, "{Path}: which items are new is not kept over a restart: {Reason}")]
    private static partial void NotKept(ILogger logger, string path, string reason);
}
