using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>The first words of a user whom nothing is known of. From any thread.</summary>
public static class EbbNewcomers
{
    private const ulong FnvOffset = 0xCBF2_9CE4_8422_2325;
    private const ulong FnvPrime = 0x0000_0100_0000_01B3;

    /// <summary>
    /// Items that the user declares to like, as in a first dialogue: each is a favourite event, so the answered list is
    /// already theirs. A pick has an event id made of user and item: declared again, or sent again after a lost answer,
    /// it counts once (its status is then Duplicate), while it is among the user's last 16 ids.
    /// </summary>
    public static Task<ActResult> DeclareAsync(
        this EbbClient client,
        EbbId user,
        IReadOnlyList<EbbId> picks,
        EbbQuery? query = null,
        CancellationToken cancellation = default)
    {
        long nowMs = query?.NowMs ?? DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        EbbAction[] events =
        [
            .. picks.Select(pick => new EbbAction(pick, EbbEventType.Favourite, nowMs, null, IdOf(user, pick))),
        ];
        return client.ActAsync(user, events, query, EbbAck.Applied, cancellation);
    }

    /// <summary>FNV-1a over both ids, their lengths between; never 0, which is no id.</summary>
    private static ulong IdOf(EbbId user, EbbId pick)
    {
        ulong hash = (FnvOffset ^ (uint)user.Span.Length) * FnvPrime;
        foreach (byte value in user.Span)
        {
            hash = (hash ^ value) * FnvPrime;
        }

        foreach (byte value in pick.Span)
        {
            hash = (hash ^ value) * FnvPrime;
        }

        return hash == 0 ? 1 : hash;
    }
}
