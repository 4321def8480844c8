using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Ebb.Engine.Graph;
using Ebb.Engine.Graph.Live;
using Ebb.Engine.Merchandising;

namespace Ebb.Engine.Catalogue;

/// <summary>
/// Reads a base file (layout: <see cref="BaseBlock"/>) into an empty table. Nothing in it is trusted before its block's
/// checksum and its own bounds are checked. One thread.
/// </summary>
internal sealed class BaseReader(string path, Stream stream, ItemTable table, LiveGraph graph)
{
    private readonly float[] _vector = new float[table.Matrix.Dimension];
    private readonly float[] _own = new float[table.Matrix.Dimension];
    private readonly uint[] _tags = new uint[ItemPut.TagCountMax];

    private byte[] _block = new byte[BaseBlock.BlockHeadBytes];
    private ulong _rowRecordCount;
    private ulong _textRecordCount;

    /// <exception cref="EngineStartException">Not a base, of a newer format, damaged, or too big.</exception>
    public BaseSnapshot Read()
    {
        ReadFileHead();
        BaseSnapshot? snapshot = null;
        while (true)
        {
            BaseBlockKind kind = ReadBlock(out ReadOnlySpan<byte> payload);
            if (snapshot is null != (kind == BaseBlockKind.Head))
            {
                throw Damaged("its blocks are out of order");
            }

            switch (kind)
            {
                case BaseBlockKind.Head:
                    snapshot = ReadHead(payload);
                    break;
                case BaseBlockKind.Rows:
                    ReadRows(payload, snapshot!);
                    break;
                case BaseBlockKind.Shelf:
                    ReadShelf(payload, snapshot!);
                    break;
                case BaseBlockKind.Rules:
                    ReadRules(payload);
                    break;
                case BaseBlockKind.Graph:
                    ReadEdges(payload);
                    break;
                case BaseBlockKind.Texts:
                    ReadTexts(payload);
                    break;
                case BaseBlockKind.End:
                    CheckEnd(payload);
                    return snapshot!;
                default:
                    throw Damaged($"a block is of kind {(byte)kind}");
            }
        }
    }

    private void ReadFileHead()
    {
        Span<byte> head = stackalloc byte[BaseBlock.FileHeadBytes];
        if (stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length
            || !head.StartsWith(BaseBlock.Magic))
        {
            throw new EngineStartException($"{path} is not a catalogue base. Point at the right folder.");
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(head[8..]);
        if (version != BaseBlock.FormatVersion)
        {
            throw new EngineStartException(
                $"{path} has format {version}; this build reads {BaseBlock.FormatVersion}."
                + " Use the build that wrote it.");
        }
    }

    private BaseBlockKind ReadBlock(out ReadOnlySpan<byte> payload)
    {
        Fill(0, BaseBlock.BlockHeadBytes);
        uint payloadBytes = BinaryPrimitives.ReadUInt32LittleEndian(_block);
        if (payloadBytes > BaseBlock.PayloadBytesMax)
        {
            throw Damaged("a block's length is impossible");
        }

        int blockBytes = BaseBlock.BlockHeadBytes + (int)payloadBytes;
        if (_block.Length < blockBytes)
        {
            Array.Resize(ref _block, blockBytes);
        }

        Fill(BaseBlock.BlockHeadBytes, blockBytes);
        uint checksum = BinaryPrimitives.ReadUInt32LittleEndian(_block.AsSpan(8));
        if (BaseBlock.Checksum(_block.AsSpan(0, blockBytes)) != checksum)
        {
            throw Damaged("a checksum does not match");
        }

        payload = _block.AsSpan(BaseBlock.BlockHeadBytes, (int)payloadBytes);
        return (BaseBlockKind)_block[4];
    }

    private BaseSnapshot ReadHead(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < BaseBlock.HeadBytes || payload.Length % sizeof(ulong) != 0)
        {
            throw Damaged("its head has the wrong length");
        }

        int dimension = BinaryPrimitives.ReadInt32LittleEndian(payload);
        if (dimension != table.Matrix.Dimension)
        {
            throw new EngineStartException(
                $"{path} holds vectors of dimension {dimension}, not {table.Matrix.Dimension}. Open with {dimension}.");
        }

        return new BaseSnapshot(
            BinaryPrimitives.ReadUInt64LittleEndian(payload[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(payload[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(payload[24..]),
            BinaryPrimitives.ReadInt32LittleEndian(payload[4..]),
            MemoryMarshal.Cast<byte, ulong>(payload[BaseBlock.HeadBytes..]).ToArray());
    }

    private void ReadRows(ReadOnlySpan<byte> payload, BaseSnapshot snapshot)
    {
        int vectorBytes = _vector.Length * sizeof(float);
        while (!payload.IsEmpty)
        {
            int tagCount = payload.Length > BaseBlock.RowVectorOffset ? payload[6] : int.MaxValue / 8;
            int idBytes = payload.Length > BaseBlock.RowVectorOffset ? payload[5] : 0;
            bool isOfGraph = payload.Length > BaseBlock.RowVectorOffset && (payload[4] & BaseBlock.GraphFlag) != 0;
            int tagOffset = BaseBlock.RowVectorOffset + (vectorBytes * (isOfGraph ? 2 : 1));
            int recordBytes = tagOffset + (tagCount * sizeof(uint)) + idBytes;
            if (recordBytes > payload.Length || tagCount > _tags.Length || idBytes is 0 or > OpaqueId.BytesMax)
            {
                throw Damaged("a row is cut short");
            }

            payload.Slice(BaseBlock.RowVectorOffset, vectorBytes).CopyTo(MemoryMarshal.AsBytes(_vector.AsSpan()));
            payload.Slice(tagOffset - vectorBytes, vectorBytes).CopyTo(MemoryMarshal.AsBytes(_own.AsSpan()));
            payload.Slice(tagOffset, tagCount * sizeof(uint)).CopyTo(MemoryMarshal.AsBytes(_tags.AsSpan()));
            Restore(payload, payload.Slice(recordBytes - idBytes, idBytes), snapshot);
            payload = payload[recordBytes..];
        }
    }

    private void Restore(ReadOnlySpan<byte> record, ReadOnlySpan<byte> id, BaseSnapshot snapshot)
    {
        int row = BinaryPrimitives.ReadInt32LittleEndian(record);
        if (row < table.RowCount || row >= snapshot.RowCount || table.Ids.TryFind(id, out _))
        {
            throw Damaged($"row {row} is out of order or has the id of another");
        }

        var item = new CodedItem
        {
            Id = id,
            Vector = _vector,
            Own = (record[4] & BaseBlock.GraphFlag) != 0 ? _own : default,
            Codes = new ItemCodes
            {
                Category = BinaryPrimitives.ReadUInt32LittleEndian(record[16..]),
                Brand = BinaryPrimitives.ReadUInt32LittleEndian(record[20..]),
                Merchant = BinaryPrimitives.ReadUInt32LittleEndian(record[24..]),
            },
            Tags = _tags.AsSpan(0, record[6]),
            InStock = (record[4] & BaseBlock.InStockFlag) != 0,
        };
        ulong version = BinaryPrimitives.ReadUInt64LittleEndian(record[8..]);
        if (!table.TryRestore(row, item, version, (record[4] & BaseBlock.LiveFlag) != 0))
        {
            throw new EngineStartException(
                $"{path} holds {snapshot.RowCount:N0} items: more than the memory for vectors. Raise that limit.");
        }

        _rowRecordCount++;
    }

    private void ReadShelf(ReadOnlySpan<byte> payload, BaseSnapshot snapshot)
    {
        for (; !payload.IsEmpty; payload = payload[BaseBlock.ShelfBytes..])
        {
            int row = payload.Length < BaseBlock.ShelfBytes ? -1 : BinaryPrimitives.ReadInt32LittleEndian(payload);
            if (row < 0 || row >= snapshot.RowCount)
            {
                throw Damaged("a window is cut short or of no row");
            }

            var shelf = new ItemShelf
            {
                Price = BinaryPrimitives.ReadSingleLittleEndian(payload[4..]),
                ValidFromMs = BinaryPrimitives.ReadInt64LittleEndian(payload[8..]),
                ValidUntilMs = BinaryPrimitives.ReadInt64LittleEndian(payload[16..]),
                HasPrice = payload[24] != 0,
            };
            table.Shelf.Set(row, shelf, long.MaxValue);
        }
    }

    private void ReadRules(ReadOnlySpan<byte> payload)
    {
        while (!payload.IsEmpty)
        {
            int length = payload.Length < sizeof(ushort)
                ? int.MaxValue
                : BinaryPrimitives.ReadUInt16LittleEndian(payload);
            if (length > payload.Length - sizeof(ushort)
                || !RuleCodec.TryRead(payload.Slice(sizeof(ushort), length), out RuleChange change))
            {
                throw Damaged("a rule is cut short");
            }

            table.Rules = change.What == RuleWhat.InForce
                ? table.Rules.With(change)
                : table.Rules.Remembering(change);
            payload = payload[(sizeof(ushort) + length)..];
        }
    }

    private void ReadEdges(ReadOnlySpan<byte> payload)
    {
        while (!payload.IsEmpty)
        {
            int length = EdgeCodec.Read(payload, out GraphEdge edge, out EdgeOrigins origin);
            if (length == 0)
            {
                throw Damaged("an edge is cut short");
            }

            graph.Set(edge, origin);
            payload = payload[length..];
        }
    }

    private void ReadTexts(ReadOnlySpan<byte> payload)
    {
        while (!payload.IsEmpty)
        {
            int recordBytes = payload.Length < BaseBlock.TextOffset ? int.MaxValue : BaseBlock.TextOffset + payload[1];
            if (recordBytes > payload.Length || payload[0] > (byte)AttributeKind.Tag)
            {
                throw Damaged("a text is cut short");
            }

            uint code = BinaryPrimitives.ReadUInt32LittleEndian(payload[4..]);
            string text = Encoding.UTF8.GetString(payload[BaseBlock.TextOffset..recordBytes]);
            if (!table.Dictionary((AttributeKind)payload[0]).TryDefine(code, text))
            {
                throw Damaged($"text {code} contradicts another");
            }

            _textRecordCount++;
            payload = payload[recordBytes..];
        }
    }

    private void CheckEnd(ReadOnlySpan<byte> payload)
    {
        if (payload.Length != BaseBlock.EndBytes
            || BinaryPrimitives.ReadUInt64LittleEndian(payload) != _rowRecordCount
            || BinaryPrimitives.ReadUInt64LittleEndian(payload[8..]) != _textRecordCount)
        {
            throw Damaged("it does not hold as much as it says");
        }
    }

    private void Fill(int start, int end)
    {
        Span<byte> room = _block.AsSpan(start, end - start);
        if (stream.ReadAtLeast(room, room.Length, throwOnEndOfStream: false) < room.Length)
        {
            throw Damaged("it is cut short");
        }
    }

    private EngineStartException Damaged(string what) =>
        new($"The catalogue base {path} is damaged: {what}. Remove it to rebuild from an older base or the whole log.");
}
