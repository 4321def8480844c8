using System.Globalization;

namespace Ebb.Engine.Log;

/// <summary>The one-line messages of a log that cannot be trusted or cannot go on.</summary>
internal static class LogFault
{
    private const string Remedy =
        "restore this folder from a copy, or move it away to start from the last base and lose what came after it";

    public static EventLogException Damaged(
        string folder, ushort partition, ulong sequence, string what, Exception? inner = null) =>
        new(Line(folder, partition, sequence, what, Remedy), inner);

    public static EventLogException Failed(string folder, ushort partition, ulong sequence, Exception inner) =>
        new(Line(
                folder,
                partition,
                sequence,
                $"writing failed ({OneLine(inner.Message)}), nothing after this sequence is durable",
                "free or repair the disk and start again"),
            inner);

    public static EventLogException Unreadable(string folder, ushort partition, Exception inner) =>
        new(Line(folder, partition, 0, $"cannot be opened ({OneLine(inner.Message)})", "repair the disk or the rights"),
            inner);

    public static string Name(ushort partition) => partition == IEventLog.CataloguePartition
        ? "catalogue"
        : "p" + partition.ToString("D3", CultureInfo.InvariantCulture);

    private static string Line(string folder, ushort partition, ulong sequence, string what, string remedy) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"event log {folder}, partition {Name(partition)}, sequence {sequence}: {what}; {remedy}");

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
