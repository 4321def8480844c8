using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Ebb.Engine.Graph.Live;
using Ebb.Engine.Merchandising;

namespace Ebb.Engine.Catalogue;

/// <summary>
/// Writes a base file (layout: <see cref="BaseBlock"/>) to a stream. Rows are encoded a block at a time under the gate,
/// so that a change never waits for the disk. One thread.
/// </summary>
internal sealed class BaseWriter(Stream stream, ItemTable table, CatalogueGate gate, int blockBytesTarget)
{
    private byte[] _block = new byte[blockBytesTarget + (8 << 10)];
    private int _length = BaseBlock.BlockHeadBytes;
    private ulong _rowRecordCount;
    private ulong _textRecordCount;

    public void WriteHead(BaseSnapshot snapshot)
    {
        Span<byte> file = stackalloc byte[BaseBlock.FileHeadBytes];
        file.Clear();
        BaseBlock.Magic.CopyTo(file);
        BinaryPrimitives.WriteUInt32LittleEndian(file[8..], BaseBlock.FormatVersion);
        stream.Write(file);

        Span<byte> head = Add(BaseBlock.HeadBytes + (snapshot.OpenChanges.Count * sizeof(ulong)));
        BinaryPrimitives.WriteInt32LittleEndian(head, table.Matrix.Dimension);
        BinaryPrimitives.WriteInt32LittleEndian(head[4..], snapshot.RowCount);
        BinaryPrimitives.WriteUInt64LittleEndian(head[8..], snapshot.Generation);
        BinaryPrimitives.WriteUInt64LittleEndian(head[16..], snapshot.Sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(head[24..], snapshot.ReplaySequence);
        for (int at = 0; at < snapshot.OpenChanges.Count; at++)
        {
            Span<byte> open = head[(BaseBlock.HeadBytes + (at * sizeof(ulong)))..];
            BinaryPrimitives.WriteUInt64LittleEndian(open, snapshot.OpenChanges[at]);
        }

        Flush(BaseBlockKind.Head);
    }

    /// <summary>
    /// Rows known at the snapshot. What was put since then is left out: the log has it whole, and only such rows are
    /// sure to hold the same id on every replay. Removals since then may show or not; the log has them too.
    /// </summary>
    public void WriteRows(BaseSnapshot snapshot, CancellationToken cancellation)
    {
        for (int row = 0; row < snapshot.RowCount;)
        {
            cancellation.ThrowIfCancellationRequested();
            gate.EnterShared();
            try
            {
                // Bounded in rows too: long stretches of rows left out must not keep a change waiting.
                int sliceEnd = Math.Min(snapshot.RowCount, row + PagedColumn<byte>.PageRows);
                for (; row < sliceEnd && _length < blockBytesTarget; row++)
                {
                    AddRow(row, snapshot.Generation);
                }
            }
            finally
            {
                gate.ExitShared();
            }

            if (_length >= blockBytesTarget)
            {
                Flush(BaseBlockKind.Rows);
            }
        }

        Flush(BaseBlockKind.Rows);
        WriteShelf(snapshot);
        WriteRules(table.Rules);
        WriteEdges(snapshot.Edges.Span);
    }

    /// <summary>Texts up to the counts given, then the end.</summary>
    public void WriteTexts(ReadOnlySpan<int> textCounts)
    {
        for (int kind = 0; kind < textCounts.Length; kind++)
        {
            AttributeDictionary dictionary = table.Dictionary((AttributeKind)kind);
            for (uint code = 1; code <= textCounts[kind]; code++)
            {
                AddText((AttributeKind)kind, code, dictionary.Text(code)!);
            }
        }

        Flush(BaseBlockKind.Texts);
        Span<byte> end = Add(BaseBlock.EndBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(end, _rowRecordCount);
        BinaryPrimitives.WriteUInt64LittleEndian(end[8..], _textRecordCount);
        Flush(BaseBlockKind.End);
    }

    private void AddRow(int row, ulong generation)
    {
        // Version first: only rows published before this lease began have one in this range, and only those hold still.
        ulong version = table.Version(row);
        if (version == 0 || version > generation)
        {
            return;
        }

        ReadOnlySpan<byte> id = table.Ids.Id(row);
        ReadOnlySpan<byte> vector = MemoryMarshal.AsBytes(table.Matrix.Row(row));
        ReadOnlySpan<byte> tags = MemoryMarshal.AsBytes(table.Tags(row));
        ItemCodes codes = table.Codes(row);
        ReadOnlySpan<byte> own = MemoryMarshal.AsBytes(table.Own.Aside(row));
        Span<byte> bytes = Add(BaseBlock.RowVectorOffset + vector.Length + own.Length + tags.Length + id.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes, row);
        bytes[4] |= table.IsLive(row) ? BaseBlock.LiveFlag : (byte)0;
        bytes[4] |= table.InStock(row) ? BaseBlock.InStockFlag : (byte)0;
        bytes[4] |= own.IsEmpty ? (byte)0 : BaseBlock.GraphFlag;
        bytes[5] = (byte)id.Length;
        bytes[6] = (byte)(tags.Length / sizeof(uint));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], version);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[16..], codes.Category);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[20..], codes.Brand);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[24..], codes.Merchant);
        vector.CopyTo(bytes[BaseBlock.RowVectorOffset..]);
        own.CopyTo(bytes[(BaseBlock.RowVectorOffset + vector.Length)..]);
        tags.CopyTo(bytes[(BaseBlock.RowVectorOffset + vector.Length + own.Length)..]);
        id.CopyTo(bytes[^id.Length..]);
        _rowRecordCount++;
    }

    // Of rows left out above too: their put is in the log after the snapshot, their window may be older than that.
    private void WriteShelf(BaseSnapshot snapshot)
    {
        for (int row = 0; row < snapshot.RowCount && table.Shelf.IsUsed;)
        {
            gate.EnterShared();
            try
            {
                int sliceEnd = Math.Min(snapshot.RowCount, row + PagedColumn<byte>.PageRows);
                for (; row < sliceEnd; row++)
                {
                    AddShelf(row, table.Shelf[row]);
                }
            }
            finally
            {
                gate.ExitShared();
            }

            Flush(BaseBlockKind.Shelf);
        }
    }

    // Published, so durable. Later changes than the snapshot may be among them: replay knows what it has by number.
    private void WriteRules(RuleBook book)
    {
        IEnumerable<RuleChange> inForce =
            book.Rules.Select(rule => new RuleChange(book.Sequence, 0, RuleWhat.InForce, rule));
        foreach (RuleChange change in book.Audit.Concat(inForce))
        {
            int length = RuleCodec.BytesOf(change);
            Span<byte> bytes = Add(sizeof(ushort) + length);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)length);
            RuleCodec.Write(change, bytes[sizeof(ushort)..]);
            if (_length >= blockBytesTarget)
            {
                Flush(BaseBlockKind.Rules);
            }
        }

        Flush(BaseBlockKind.Rules);
    }

    private void WriteEdges(ReadOnlySpan<byte> edges)
    {
        while (!edges.IsEmpty)
        {
            int length = EdgeCodec.Read(edges, out _, out _);
            edges[..length].CopyTo(Add(length));
            edges = edges[length..];
            if (_length >= blockBytesTarget)
            {
                Flush(BaseBlockKind.Graph);
            }
        }

        Flush(BaseBlockKind.Graph);
    }

    private void AddShelf(int row, in ItemShelf shelf)
    {
        if (shelf == default)
        {
            return;
        }

        Span<byte> bytes = Add(BaseBlock.ShelfBytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes, row);
        BinaryPrimitives.WriteSingleLittleEndian(bytes[4..], shelf.Price);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], shelf.ValidFromMs);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], shelf.ValidUntilMs);
        bytes[24] = shelf.HasPrice ? (byte)1 : (byte)0;
    }

    private void AddText(AttributeKind kind, uint code, string text)
    {
        int textBytes = Encoding.UTF8.GetByteCount(text);
        Span<byte> bytes = Add(BaseBlock.TextOffset + textBytes);
        bytes[0] = (byte)kind;
        bytes[1] = (byte)textBytes;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], code);
        Encoding.UTF8.GetBytes(text, bytes[BaseBlock.TextOffset..]);
        _textRecordCount++;
        if (_length >= blockBytesTarget)
        {
            Flush(BaseBlockKind.Texts);
        }
    }

    private Span<byte> Add(int byteCount)
    {
        if (_block.Length - _length < byteCount)
        {
            Array.Resize(ref _block, Math.Max(_block.Length * 2, _length + byteCount));
        }

        Span<byte> room = _block.AsSpan(_length, byteCount);
        room.Clear();
        _length += byteCount;
        return room;
    }

    private void Flush(BaseBlockKind kind)
    {
        if (_length > BaseBlock.BlockHeadBytes)
        {
            BaseBlock.Seal(_block.AsSpan(0, _length), kind);
            stream.Write(_block.AsSpan(0, _length));
            _length = BaseBlock.BlockHeadBytes;
        }
    }
}
