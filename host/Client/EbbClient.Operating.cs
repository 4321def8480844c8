using Ebb.Client.Internal;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Client;

/// <summary>What operators and analysts ask: copies, the memory schema, experiments, and the population.</summary>
public sealed partial class EbbClient
{
    /// <summary>
    /// Has the server copy its folder, while it serves, to a new one of this name, below the one that it was told to
    /// keep backups in. For an admin.
    /// </summary>
    /// <exception cref="EbbException">NotAllowed, Malformed for the name, StorageFailed.</exception>
    public Task<BackupResult> BackupAsync(string name, CancellationToken cancellation = default)
    {
        byte[] frame = RequestEncoder.Encode(Opcode.Backup, FrameFlags.None, 0, name, RequestEncoder.Backup);
        return _core.Run(new PendingCall<BackupResult>(ReplyDecoders.Backup) { Frame = frame }, cancellation);
    }

    /// <summary>The memory schema that the server runs. For an admin.</summary>
    public Task<SchemaResult> SchemaAsync(CancellationToken cancellation = default) =>
        SchemaAsync("", cancellation);

    /// <summary>
    /// Has the server change to the memory schema of this JSON document, whose number must be higher: users are rebuilt
    /// while it serves. In force when answered; the same one again changes nothing. For an admin.
    /// </summary>
    /// <exception cref="EbbException">
    /// Malformed: the document cannot be, the message names the place and the remedy. Overloaded: the change before is
    /// not through.
    /// </exception>
    public Task<SchemaResult> ChangeSchemaAsync(string document, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(document);
        return SchemaAsync(document, cancellation);
    }

    /// <summary>The server's experiments, shadows and tuners.</summary>
    public ExperimentsApi Experiments => new(_core);

    /// <summary>Which categories gained from which, over the last hour, day and week.</summary>
    /// <param name="countMax">Rows of a list at most, up to 1,000.</param>
    /// <param name="nowMs">The moment; the server's clock without one.</param>
    /// <param name="cancellation">Gives up the call.</param>
    public Task<FlowsResult> FlowsAsync(
        int countMax = 20, long? nowMs = null, CancellationToken cancellation = default)
    {
        byte[] frame = RequestEncoder.Encode(
            Opcode.Flows, FrameFlags.None, 0, new PopulationRequest(countMax, nowMs ?? long.MinValue),
            static (body, state) => state.Write(body));
        return _core.Run(new PendingCall<FlowsResult>(FlowsDecoder.Decode) { Frame = frame }, cancellation);
    }

    /// <summary>Demand per item and category, where it goes, and what the next seven days will take.</summary>
    public Task<TrendsResult> TrendsAsync(TrendQuery? query = null, CancellationToken cancellation = default)
    {
        byte[] frame = RequestEncoder.Encode(
            Opcode.Trends, FrameFlags.None, 0, query ?? new TrendQuery(), static (body, asked) => new TrendsRequest
            {
                CountMax = asked.CountMax,
                Order = (byte)asked.Order,
                NowMs = asked.NowMs ?? long.MinValue,
                Item = asked.Item is { } item ? item.Span : default,
            }.Write(body));
        return _core.Run(new PendingCall<TrendsResult>(TrendsDecoder.Decode) { Frame = frame }, cancellation);
    }

    private Task<SchemaResult> SchemaAsync(string document, CancellationToken cancellation)
    {
        byte[] frame = RequestEncoder.Encode(Opcode.Schema, FrameFlags.None, 0, document, RequestEncoder.Schema);
        return _core.Run(new PendingCall<SchemaResult>(ReplyDecoders.Schema) { Frame = frame }, cancellation);
    }
}
