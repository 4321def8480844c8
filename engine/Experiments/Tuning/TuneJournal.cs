using System.Text.Json;
using System.Text.Json.Serialization;
using Ebb.Engine.Log;

namespace Ebb.Engine.Experiments.Tuning;

/// <summary>
/// The tuners' audit: in memory, and in a file of the engine's folder that is on the disk before a change is in force.
/// Bounded: past it the oldest entries go that no value rests on. One thread at a time.
/// </summary>
internal sealed partial class TuneJournal
{
    public const int CountMax = 1024;
    public const string FileName = "tuning.json";

    private readonly string? _path;
    private readonly List<TuneChange> _changes = [];

    /// <param name="folder">Null: in memory alone.</param>
    /// <exception cref="EngineStartException">The file cannot be read.</exception>
    public TuneJournal(string? folder)
    {
        _path = folder is null ? null : Path.Combine(folder, FileName);
        if (_path is null || !File.Exists(_path))
        {
            return;
        }

        try
        {
            _changes.AddRange(
                JsonSerializer.Deserialize(File.ReadAllBytes(_path), JournalJson.Default.TuneChangeArray) ?? []);
        }
        catch (JsonException problem)
        {
            throw new EngineStartException(
                $"{_path} cannot be read: take it away to begin from the document's values", problem);
        }
    }

    public IReadOnlyList<TuneChange> Changes => _changes;

    /// <summary>
    /// The policy's last entry, where that is this very revert: one that was sent again because its answer was lost.
    /// </summary>
    public TuneChange? FindRepeated(string policy, string author, string reason) =>
        _changes.LastOrDefault(change => change.Policy == policy) is { What: TuneWhat.Revert } last
        && (last.Author, last.Reason) == (author, reason)
            ? last
            : null;

    /// <summary>On the disk when this returns.</summary>
    public void Add(TuneChange change)
    {
        _changes.Add(change);
        if (_changes.Count > CountMax)
        {
            // Trials that changed nothing say nothing of the values.
            int place = _changes.FindIndex(old => old.What is not (TuneWhat.Adopt or TuneWhat.TakeBack
                or TuneWhat.Revert));
            _changes.RemoveAt(Math.Max(0, place));
        }

        if (_path is not null)
        {
            DurableFile.WriteAtomically(
                _path, JsonSerializer.SerializeToUtf8Bytes(_changes.ToArray(), JournalJson.Default.TuneChangeArray));
        }
    }

    [JsonSourceGenerationOptions(WriteIndented = true, UseStringEnumConverter = true)]
    [JsonSerializable(typeof(TuneChange[]))]
    private sealed partial class JournalJson : JsonSerializerContext;
}
