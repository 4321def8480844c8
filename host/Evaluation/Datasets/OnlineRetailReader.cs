using System.Globalization;
using Ebb.Engine;

namespace Ebb.Evaluation.Datasets;

/// <summary>
/// UCI Online Retail. Left out: rows without a customer, codes that are no products (not five digits first), and
/// quantities ≤ 0 that are no return. Codes are upper-cased; an invoice is a basket; times are taken as UTC.
/// </summary>
internal static class OnlineRetailReader
{
    private static readonly string[] Columns =
        ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "CustomerID"];

    public static void Read(string path, BehaviourLogBuilder builder)
    {
        using var rows = new CsvRows(path);
        int[] columns = ReadHeader(rows, path);
        int columnCountMin = columns.Max() + 1;
        while (rows.TryRead())
        {
            if (rows.FieldCount < columnCountMin)
            {
                builder.AddBad(path, rows.LineNumber, $"has {rows.FieldCount} fields, {columnCountMin} are needed");
                continue;
            }

            ReadRow(rows, columns, path, builder);
        }
    }

    private static int[] ReadHeader(CsvRows rows, string path)
    {
        if (!rows.TryRead())
        {
            throw DataFileException.At(path, 1, "the file is empty; a header with InvoiceNo, StockCode, … is needed.");
        }

        string[] names = [.. Enumerable.Range(0, rows.FieldCount).Select(field => rows[field].Trim())];
        int[] columns = [.. Columns.Select(column => Array.IndexOf(names, column))];
        int missing = Array.IndexOf(columns, -1);
        return missing < 0
            ? columns
            : throw DataFileException.At(path, 1, $"the header has no column '{Columns[missing]}'.");
    }

    private static void ReadRow(CsvRows rows, int[] columns, string path, BehaviourLogBuilder builder)
    {
        string invoice = rows[columns[0]];
        string code = rows[columns[1]].Trim().ToUpperInvariant();
        string customer = CustomerId(rows[columns[5]]);
        bool read = float.TryParse(
            rows[columns[3]], NumberStyles.Float, CultureInfo.InvariantCulture, out float quantity);
        if (!read || !float.IsFinite(quantity))
        {
            builder.AddBad(path, rows.LineNumber, $"Quantity '{rows[columns[3]]}' is no number");
            return;
        }

        if (!TimeText.TryParse(rows[columns[4]], out long timeMs))
        {
            builder.AddBad(path, rows.LineNumber, $"InvoiceDate '{rows[columns[4]]}' is no time");
            return;
        }

        bool isReturn = invoice.StartsWith('C');
        string? reason = DropReason(customer, code, quantity, isReturn);
        if (reason is not null)
        {
            builder.Drop(reason);
            return;
        }

        byte type = isReturn ? EventTypes.Return : EventTypes.Purchase;
        builder.AddToBasket(
            invoice, rows[columns[2]], new BehaviourNames(customer, code),
            new BehaviourRow(0, 0, type, timeMs, Math.Abs(quantity), TestPart: builder.TestPart));
    }

    private static string? DropReason(string customer, string code, float quantity, bool isReturn)
    {
        if (customer.Length == 0)
        {
            return "no customer";
        }

        if (!IsProduct(code))
        {
            return "no product code";
        }

        return quantity <= 0 && !isReturn ? "quantity not positive" : null;
    }

    private static bool IsProduct(string code)
    {
        if (code.Length < 5)
        {
            return false;
        }

        return code.AsSpan(0, 5).IndexOfAnyExceptInRange('0', '9') < 0;
    }

    /// <summary>The file writes customers as floats: 13082.0.</summary>
    private static string CustomerId(string text)
    {
        string trimmed = text.Trim();
        return trimmed.EndsWith(".0", StringComparison.Ordinal) ? trimmed[..^2] : trimmed;
    }
}
