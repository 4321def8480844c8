using System.Buffers.Binary;
using System.Security.Cryptography;
using Ebb.Evaluation;
using Ebb.Evaluation.Datasets;

namespace Ebb.Server.Loading;

/// <summary>
/// A history file in memory. The session is drawn from the file's bytes: the same file sent again has the same session
/// and sequences, so the server counts none of its events twice, and a load that was cut off goes on where it stopped.
/// </summary>
public sealed record HistorySource(string Path, BehaviourLog Log, ulong Session)
{
    /// <exception cref="DataFileException">The file cannot be read.</exception>
    public static HistorySource Read(string path)
    {
        BehaviourLog log = DatasetReader.Read(DatasetKind.PlainCsv, path);
        using FileStream bytes = File.OpenRead(path);
        ulong session = BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(bytes));

        // 0 would mean "draw one at random".
        return new HistorySource(path, log, Math.Max(session, 1));
    }
}
