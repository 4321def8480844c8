using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ebb.Engine;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Ebb.Evaluation.Npy;
using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Scoring;

/// <summary>
/// Answers lines through engines in memory, a user key a line. An engine is given up after so many users, since nothing
/// ever forgets them. <see cref="RenewAsync"/> must not overlap with scoring; scoring may overlap with itself.
/// </summary>
internal sealed class LineScorer(ItemVectors vectors, ScoreOptions options) : IAsyncDisposable
{
    public const int UsersPerEngine = 1 << 16;

    // Asked for beyond K, so that a near tie at the list's end can be put in order too.
    private const int Spare = 32;

    private static readonly JsonWriterOptions JsonForm =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly OpaqueId[] _itemIds = [.. vectors.Ids.Select(id => new OpaqueId(id))];
    private readonly Dictionary<OpaqueId, int> _itemIndexOf = vectors.Ids
        .Select((id, index) => (Id: new OpaqueId(id), index)).ToDictionary(pair => pair.Id, pair => pair.index);

    private readonly NearTies _nearTies = new(vectors, options.HalfLife);
    private EvaluationEngine? _engine;

    /// <summary>Opens a fresh engine with the items in it, closing the one before.</summary>
    public async Task RenewAsync()
    {
        await DisposeAsync().ConfigureAwait(false);
        _engine = await EvaluationEngine.OpenAsync(
            vectors.Dimension, new ServedModel(options.HalfLife, SourcePolicy.VectorAlone), options.Backend)
            .ConfigureAwait(false);
        await _engine.PutItemsAsync(_itemIds.Select((id, index) => new ItemPut(id, vectors.Row(index))))
            .ConfigureAwait(false);
    }

    /// <summary>The output line.</summary>
    public async Task<string> ScoreAsync(long lineNumber, ScoreLine line)
    {
        if (line.Events.Length == 0)
        {
            return Write(line, [], 0);
        }

        OpaqueId user = lineNumber.ToString(CultureInfo.InvariantCulture);
        int asked = Math.Min(options.Count + Spare, RecommendQuery.CountMax);
        Recommendation answer = await _engine!.ActAsync(
            user, line.Events.Select(entry => (_itemIds[entry.Item], entry.TimeMs)),
            new RecommendQuery { Count = asked, NowMs = line.NowMs ?? line.LastEventMs }).ConfigureAwait(false);
        ScoredLine[] list = ToList(answer);
        _nearTies.Order(line, list);
        return Write(line, list.AsSpan(0, Math.Min(options.Count, list.Length)), answer.Log2Scale);
    }

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null)
        {
            await _engine.DisposeAsync().ConfigureAwait(false);
            _engine = null;
        }
    }

    private ScoredLine[] ToList(Recommendation answer)
    {
        if (answer.Decision != ListDecision.Popular)
        {
            return [.. answer.Items.Select(item => new ScoredLine(_itemIndexOf[item.Item], item.Score))];
        }

        // Interest without direction: every item scores 0, and ties go by index, not by what other lines did.
        int count = Math.Min(options.Count, vectors.Count);
        return [.. Enumerable.Range(0, count).Select(index => new ScoredLine(index, 0))];
    }

    private string Write(ScoreLine line, ReadOnlySpan<ScoredLine> list, double log2Decay)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, JsonForm))
        {
            json.WriteStartObject();
            json.WritePropertyName("user");
            json.WriteRawValue(line.UserJson);
            json.WriteStartArray("top");
            foreach (ScoredLine scored in list)
            {
                json.WriteStartArray();
                json.WriteStringValue(vectors.Ids[scored.Item]);
                json.WriteNumberValue(scored.Score);
                json.WriteEndArray();
            }

            json.WriteEndArray();

            // 0.0 turns a negative zero into zero.
            json.WriteNumber("log2_decay", log2Decay + 0.0);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
