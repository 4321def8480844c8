using Ebb.Client.Internal;
using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>
/// What a shop asks of the catalogue beside any one user's list: <see cref="EbbClient.Shop"/>. From any thread.
/// </summary>
public sealed class EbbShop
{
    private readonly ClientCore _core;

    internal EbbShop(ClientCore core)
    {
        _core = core;
    }

    /// <summary>
    /// Items from an item or a basket of up to 32: near it, or done together with it. Of the query the count and the
    /// filter are read.
    /// </summary>
    /// <exception cref="EbbException">UnknownItem: the server has none of the basket.</exception>
    public Task<SimilarResult> SimilarAsync(
        IReadOnlyList<EbbId> items,
        EbbSimilarKind kind = EbbSimilarKind.Similar,
        EbbQuery? query = null,
        CancellationToken cancellation = default)
    {
        byte[] frame = RequestEncoder.Encode(
            Opcode.Similar,
            FrameFlags.None,
            0,
            (items, kind, query: query ?? EbbQuery.Default),
            static (body, state) => ShopEncoder.Similar(body, state.items, state.kind, state.query));
        return _core.Run(new PendingCall<SimilarResult>(ShopDecoder.Similar) { Frame = frame }, cancellation);
    }

    /// <summary>
    /// Changes stock, window and price of items as one generation of their own, without their vectors.
    /// </summary>
    public Task<ItemChangeResult> PatchItemsAsync(
        IReadOnlyList<EbbItemPatch> patches, CancellationToken cancellation = default)
    {
        byte[] frame = RequestEncoder.Encode(Opcode.ItemPatch, FrameFlags.None, 0, patches, ShopEncoder.Patches);
        return _core.Run(
            new PendingCall<ItemChangeResult>(ReplyDecoders.ItemChange) { Frame = frame }, cancellation);
    }

    /// <summary>
    /// Adds or replaces items by a text or by named stretches of their vectors, as one generation of their own.
    /// </summary>
    public Task<ItemChangeResult> DescribeItemsAsync(
        IReadOnlyList<EbbItemDescription> items, CancellationToken cancellation = default)
    {
        byte[] frame = RequestEncoder.Encode(
            Opcode.ItemDescribe, FrameFlags.None, 0, items, ShopEncoder.Descriptions);
        return _core.Run(
            new PendingCall<ItemChangeResult>(ReplyDecoders.ItemChange) { Frame = frame }, cancellation);
    }

    /// <summary>The users whom an item fits best now, up to 1000; also an item that nobody has touched yet.</summary>
    /// <exception cref="EbbException">UnknownItem: there is no such item.</exception>
    public Task<AudienceResult> AudienceAsync(
        EbbId item,
        int count = 100,
        bool excludeSeen = false,
        long? nowMs = null,
        CancellationToken cancellation = default)
    {
        byte[] frame = RequestEncoder.Encode(
            Opcode.Audience,
            FrameFlags.None,
            0,
            (item, count, options: (excludeSeen, nowMs)),
            static (body, state) => ShopEncoder.Audience(body, state.item, state.count, state.options));
        return _core.Run(new PendingCall<AudienceResult>(ShopDecoder.Audience) { Frame = frame }, cancellation);
    }

    /// <summary>
    /// Says edges of the graph as one generation, with the vectors that change by them: items without one of their own
    /// have what their neighbours give them. Duplicate: it was so before.
    /// </summary>
    public Task<GraphResult> PutEdgesAsync(IReadOnlyList<EbbEdge> edges, CancellationToken cancellation = default) =>
        GraphAsync(EbbGraphVerb.Put, edges, cancellation);

    /// <summary>Makes edges of what the population does together now.</summary>
    public Task<GraphResult> LearnEdgesAsync(CancellationToken cancellation = default) =>
        GraphAsync(EbbGraphVerb.Learn, [], cancellation);

    /// <summary>What the graph holds, and what of it is odd.</summary>
    public Task<GraphResult> GraphAsync(CancellationToken cancellation = default) =>
        GraphAsync(EbbGraphVerb.Report, [], cancellation);

    /// <summary>The rules in force, by number.</summary>
    public Task<IReadOnlyList<RuleChangeResult>> RulesAsync(CancellationToken cancellation = default) =>
        RulesAsync(EbbRulesVerb.List, null, cancellation);

    /// <summary>What became of rules, the latest first.</summary>
    public Task<IReadOnlyList<RuleChangeResult>> RuleAuditAsync(CancellationToken cancellation = default) =>
        RulesAsync(EbbRulesVerb.Audit, null, cancellation);

    /// <summary>Puts a rule; durable and in every list when answered. The result has its number.</summary>
    public async Task<RuleChangeResult> PutRuleAsync(EbbRule rule, CancellationToken cancellation = default) =>
        (await RulesAsync(EbbRulesVerb.Put, rule, cancellation))[0];

    /// <summary>Takes a rule out; who and why go into the audit.</summary>
    /// <exception cref="EbbException">UnknownItem: there is no rule of this number.</exception>
    public async Task<RuleChangeResult> RemoveRuleAsync(
        uint number, string author, string reason, CancellationToken cancellation = default)
    {
        var rule = new EbbRule(EbbRuleAction.Ban, EbbRuleSubject.Item, default)
        {
            Number = number,
            Author = author,
            Reason = reason,
        };
        return (await RulesAsync(EbbRulesVerb.Remove, rule, cancellation))[0];
    }

    private Task<GraphResult> GraphAsync(
        EbbGraphVerb verb, IReadOnlyList<EbbEdge> edges, CancellationToken cancellation)
    {
        byte[] frame = RequestEncoder.Encode(
            Opcode.Graph,
            FrameFlags.None,
            0,
            (verb, edges),
            static (body, state) => GraphCodec.Request(body, state.verb, state.edges));
        return _core.Run(new PendingCall<GraphResult>(GraphCodec.Reply) { Frame = frame }, cancellation);
    }

    private Task<IReadOnlyList<RuleChangeResult>> RulesAsync(
        EbbRulesVerb verb, EbbRule? rule, CancellationToken cancellation)
    {
        byte[] frame = RequestEncoder.Encode(
            Opcode.Rules,
            FrameFlags.None,
            0,
            (verb, rule),
            static (body, state) => ShopEncoder.Rules(body, state.verb, state.rule));
        return _core.Run(
            new PendingCall<IReadOnlyList<RuleChangeResult>>(ShopDecoder.Rules) { Frame = frame }, cancellation);
    }
}
