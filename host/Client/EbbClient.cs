using System.Security.Cryptography;
using Ebb.Client.Internal;
using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>
/// One pipelined connection to a server, from any thread: calls overlap freely, answers are matched by correlation id.
/// Writes carry the client's session and rising sequences, are kept until the server says that they are durable, and
/// are sent again after a reconnect, so that none is lost and none counts twice. One user's writes take effect in the
/// order of the calls.
/// </summary>
public sealed partial class EbbClient : IAsyncDisposable
{
    private readonly ClientCore _core;

    private EbbClient(EbbClientOptions options, ClientCore core)
    {
        Options = options;
        _core = core;
        Shop = new EbbShop(core);
    }

    /// <exception cref="EbbConnectionException">No connection within ConnectTimeout.</exception>
    /// <exception cref="EbbException">The server refused the HELLO.</exception>
    public static async Task<EbbClient> ConnectAsync(
        EbbClientOptions options, CancellationToken cancellation = default)
    {
        ulong session = options.Session != 0 ? options.Session : DrawSession();
        var core = new ClientCore(options, session);
        try
        {
            await core.ConnectAsync(cancellation);
        }
        catch
        {
            await core.DisposeAsync();
            throw;
        }

        return new EbbClient(options, core);
    }

    public EbbClientOptions Options { get; }

    /// <summary>Items to items, and what else belongs to no one user.</summary>
    public EbbShop Shop { get; }

    internal ClientCore Core => _core;

    /// <summary>As of the last connect.</summary>
    public EbbServerInfo Server => _core.Server;

    public ulong Session => _core.Session;

    /// <summary>Every event of this session up to this sequence survives a crash of the server.</summary>
    public ulong DurableUpTo => _core.DurableUpTo;

    /// <summary>Sequence of the last event sent; 0 before the first.</summary>
    public ulong LastSequence => _core.LastSequence;

    /// <summary>Times that the connection was made anew.</summary>
    public int ReconnectCount => _core.ReconnectCount;

    /// <summary>The round-trip time, waiting for a turn included.</summary>
    public async Task<TimeSpan> PingAsync(CancellationToken cancellation = default)
    {
        long start = Options.Clock.GetTimestamp();
        byte[] frame = RequestEncoder.Encode(Opcode.Ping, FrameFlags.None, 0, 0, static (_, _) => { });
        await _core.Run(new PendingCall<object>(ReplyDecoders.Empty) { Frame = frame }, cancellation);
        return Options.Clock.GetElapsedTime(start);
    }

    /// <summary>Events of any users; at most Server.Limits.BatchEntriesMax.</summary>
    public Task<ObserveResult> ObserveAsync(
        IReadOnlyList<EbbEvent> events, EbbAck ack = EbbAck.Applied, CancellationToken cancellation = default)
    {
        byte[] frame = RequestEncoder.Encode(
            Opcode.Observe, ToFlags(ack), events.Count, events, RequestEncoder.Events);
        var call = new PendingCall<ObserveResult>(ReplyDecoders.Observe)
        {
            Frame = frame,
            EventCount = events.Count,
            IsDurableAck = ack == EbbAck.Durable,
        };
        return _core.Run(call, cancellation);
    }

    public Task<RecommendResult> RecommendAsync(
        EbbId user, EbbQuery? query = null, CancellationToken cancellation = default)
    {
        byte[] frame = RequestEncoder.Encode(
            Opcode.Recommend,
            FrameFlags.None,
            0,
            (user, query: query ?? EbbQuery.Default),
            static (body, state) => RequestEncoder.Query(body, state.user, state.query));
        return _core.Run(new PendingCall<RecommendResult>(ReplyDecoders.List) { Frame = frame }, cancellation);
    }

    /// <summary>Applies these events, then answers: the list reflects them.</summary>
    public Task<ActResult> ActAsync(
        EbbId user,
        IReadOnlyList<EbbAction> events,
        EbbQuery? query = null,
        EbbAck ack = EbbAck.Applied,
        CancellationToken cancellation = default)
    {
        byte[] frame = RequestEncoder.Encode(
            Opcode.Act,
            ToFlags(ack),
            events.Count,
            (user, events, query: query ?? EbbQuery.Default),
            static (body, state) =>
            {
                RequestEncoder.Query(body, state.user, state.query);
                RequestEncoder.Actions(body, state.events);
            });
        var call = new PendingCall<ActResult>(ReplyDecoders.Act)
        {
            Frame = frame,
            EventCount = events.Count,
            IsDurableAck = ack == EbbAck.Durable,
        };
        return _core.Run(call, cancellation);
    }

    /// <summary>Scores up to 10,000 candidates for a user.</summary>
    public Task<RankResult> RankAsync(
        EbbId user,
        IReadOnlyList<EbbCandidate> candidates,
        long? nowMs = null,
        CancellationToken cancellation = default)
    {
        byte[] frame = RequestEncoder.Encode(
            Opcode.Rank,
            FrameFlags.None,
            0,
            (user, candidates, nowMs),
            static (body, state) => RequestEncoder.Rank(body, state.user, state.candidates, state.nowMs));
        return _core.Run(new PendingCall<RankResult>(ReplyDecoders.Rank) { Frame = frame }, cancellation);
    }

    public Task<ProfileResult> ProfileAsync(
        EbbId user, long? nowMs = null, CancellationToken cancellation = default)
    {
        byte[] frame = RequestEncoder.Encode(
            Opcode.Profile,
            FrameFlags.None,
            0,
            (user, nowMs),
            static (body, state) => RequestEncoder.Profile(body, state.user, state.nowMs));
        return _core.Run(new PendingCall<ProfileResult>(ReplyDecoders.Profile) { Frame = frame }, cancellation);
    }

    /// <summary>
    /// Takes one event out again, named by the event id that it was sent with. Await it before sending what must follow
    /// it. Durable when answered; the id stays known, so a resend of the event is a duplicate.
    /// </summary>
    /// <exception cref="EbbException">UnknownEvent: nothing holds an event of this id any more.</exception>
    public Task<UnsendResult> UnsendAsync(EbbId user, ulong eventId, CancellationToken cancellation = default)
    {
        byte[] frame = RequestEncoder.Encode(
            Opcode.Unsend,
            FrameFlags.None,
            0,
            (user, eventId),
            static (body, state) => RequestEncoder.Unsend(body, state.user, state.eventId));
        return _core.Run(new PendingCall<UnsendResult>(ReplyDecoders.Unsend) { Frame = frame }, cancellation);
    }

    /// <summary>
    /// Forgets a user: gone at once from every answer, and from every file from the result's time on. Durable when
    /// answered; later events of the same id start a new user.
    /// </summary>
    public Task<ForgetResult> ForgetAsync(EbbId user, CancellationToken cancellation = default)
    {
        byte[] frame = RequestEncoder.Encode(Opcode.Forget, FrameFlags.None, 0, user, RequestEncoder.Forget);
        return _core.Run(new PendingCall<ForgetResult>(ReplyDecoders.Forget) { Frame = frame }, cancellation);
    }

    /// <summary>
    /// Takes the user's score of an item apart: by source and by past event, and what changed since an earlier moment.
    /// </summary>
    /// <exception cref="EbbException">Also for an item that the server does not have.</exception>
    public Task<WhyResult> WhyAsync(
        EbbId user,
        EbbId item,
        long? sinceMs = null,
        long? nowMs = null,
        CancellationToken cancellation = default)
    {
        byte[] frame = RequestEncoder.Encode(
            Opcode.Why,
            FrameFlags.None,
            0,
            (user, item, moments: (sinceMs, nowMs)),
            static (body, state) => RequestEncoder.Why(body, state.user, state.item, state.moments));
        return _core.Run(new PendingCall<WhyResult>(WhyDecoder.Decode) { Frame = frame }, cancellation);
    }

    /// <summary>
    /// Tells of every change of a phase of the user's interests, by an event or by time alone, until the subscription
    /// is disposed. One a user and client. The callback runs on the client's receive loop: be quick, do not wait.
    /// </summary>
    public async Task<EbbSubscription> SubscribeAsync(
        EbbId user, Action<EbbPhaseNotice> onChange, CancellationToken cancellation = default)
    {
        var subscription = new EbbSubscription(user, onChange, EndAsync)
        {
            Frame = RequestEncoder.Encode(
                Opcode.Subscribe, FrameFlags.None, 0, (user, ends: false), RequestEncoder.Subscribe),
        };
        var call = new PendingCall<EbbPhaseNotice>(
            (body, _) =>
            {
                // Before another frame is read: a connection that is lost from here on begins it again.
                subscription.IsActive = true;
                return Subscriptions.Read(body, hasMissed: false);
            })
        {
            Frame = subscription.Frame,
            Subscription = subscription,
        };
        try
        {
            var begun = await _core.Run(call, cancellation);
            subscription.Phases = [.. begun.Changes.Select(change => change.Subject)];
            return subscription;
        }
        catch
        {
            _core.Subscriptions.Remove(subscription);
            throw;
        }
    }

    /// <summary>How far the user has drifted from the interest that their last list was made for.</summary>
    public Task<DriftResult> DriftAsync(
        EbbId user, bool raw = false, long? nowMs = null, CancellationToken cancellation = default)
    {
        byte[] frame = RequestEncoder.Encode(
            Opcode.Drift,
            FrameFlags.None,
            0,
            (user, raw, nowMs),
            static (body, state) => RequestEncoder.Drift(body, state.user, state.raw, state.nowMs));
        return _core.Run(new PendingCall<DriftResult>(DriftDecoder.Decode) { Frame = frame }, cancellation);
    }

    /// <summary>Adds or replaces items as one generation of their own.</summary>
    public Task<ItemChangeResult> PutItemsAsync(
        IReadOnlyList<EbbItem> items, EbbAck ack = EbbAck.Applied, CancellationToken cancellation = default) =>
        PutItemsAsync(items, ToFlags(ack), null, cancellation);

    public Task<ItemChangeResult> RemoveItemsAsync(
        IReadOnlyList<EbbId> items, EbbAck ack = EbbAck.Applied, CancellationToken cancellation = default) =>
        RemoveItemsAsync(items, ToFlags(ack), null, cancellation);

    /// <summary>
    /// Opens a change of as many frames as it takes that becomes visible as one generation. One at a time per client; a
    /// lost connection drops it, and its calls then fail with <see cref="EbbConnectionException"/>.
    /// </summary>
    public EbbCatalogueChange BeginCatalogueChange() => new(this);

    /// <summary>The server's counters, names and values as text.</summary>
    public Task<IReadOnlyDictionary<string, string>> StatsAsync(CancellationToken cancellation = default)
    {
        byte[] frame = RequestEncoder.Encode(Opcode.Stats, FrameFlags.None, 0, 0, static (_, _) => { });
        var call = new PendingCall<IReadOnlyDictionary<string, string>>(ReplyDecoders.Stats) { Frame = frame };
        return _core.Run(call, cancellation);
    }

    /// <summary>
    /// What is held of one key comes under another, as when a visitor logs in. Durable when answered; a second call is
    /// harmless.
    /// </summary>
    public Task<MergeResult> MergeAsync(EbbId from, EbbId to, CancellationToken cancellation = default)
    {
        byte[] frame = RequestEncoder.Encode(Opcode.Merge, FrameFlags.None, 0, (from, to), RequestEncoder.Merge);
        return _core.Run(new PendingCall<MergeResult>(ReplyDecoders.Merge) { Frame = frame }, cancellation);
    }

    /// <summary>Completes when everything written so far is durable.</summary>
    public Task FlushAsync(CancellationToken cancellation = default) =>
        _core.WaitDurableAsync(() => PingAsync(cancellation), cancellation);

    /// <summary>Closes the connection. Calls without an answer fail; nothing more is resent.</summary>
    public ValueTask DisposeAsync() => _core.DisposeAsync();

    internal Task<ItemChangeResult> PutItemsAsync(
        IReadOnlyList<EbbItem> items, FrameFlags flags, EbbCatalogueChange? change, CancellationToken cancellation) =>
        ChangeItemsAsync(RequestEncoder.Encode(Opcode.ItemPut, flags, 0, items, RequestEncoder.Items), change,
            cancellation);

    internal Task<ItemChangeResult> RemoveItemsAsync(
        IReadOnlyList<EbbId> items, FrameFlags flags, EbbCatalogueChange? change, CancellationToken cancellation) =>
        ChangeItemsAsync(RequestEncoder.Encode(Opcode.ItemRemove, flags, 0, items, RequestEncoder.Removals), change,
            cancellation);

    private async Task EndAsync(EbbSubscription subscription)
    {
        _core.Subscriptions.Remove(subscription);
        byte[] frame = RequestEncoder.Encode(
            Opcode.Subscribe, FrameFlags.None, 0, (subscription.User, ends: true), RequestEncoder.Subscribe);
        try
        {
            await _core.Run(
                new PendingCall<EbbPhaseNotice>(static (body, _) => Subscriptions.Read(body, false))
                {
                    Frame = frame,
                },
                CancellationToken.None);
        }
        catch (Exception failure) when (failure is EbbConnectionException or EbbException)
        {
            // The server forgets what a connection subscribed to when it ends.
        }
    }

    private async Task<ItemChangeResult> ChangeItemsAsync(
        byte[] frame, EbbCatalogueChange? change, CancellationToken cancellation)
    {
        var call = new PendingCall<ItemChangeResult>(ReplyDecoders.ItemChange) { Frame = frame, Change = change };
        var result = await _core.Run(call, cancellation);
        return result with { Message = call.Message };
    }

    private static FrameFlags ToFlags(EbbAck ack) => ack == EbbAck.Durable ? FrameFlags.Durable : FrameFlags.None;

    private static ulong DrawSession()
    {
        ulong session;
        do
        {
            session = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        }
        while (session == 0);

        return session;
    }
}
