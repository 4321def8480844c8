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
}
