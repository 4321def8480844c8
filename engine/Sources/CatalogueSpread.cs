using Ebb.Engine.Catalogue;

namespace Ebb.Engine.Sources;

/// <summary>
/// The moments of the catalogue of now, or nearly: made anew when the generation has moved and the last are a while
/// old. Any thread asks; one of them computes, the others take what there is.
/// </summary>
internal sealed class CatalogueSpread(TimeProvider clock)
{
    /// <summary>How much a query may wait for, in multiply-adds: about ten milliseconds, once.</summary>
    private const long InlineWorkMax = 32L << 20;

    private static readonly TimeSpan AgeMin = TimeSpan.FromSeconds(5);

    private CatalogueMoments? _moments;
    private int _computing;
    private long _computedAt;

    public CatalogueMoments Of(CatalogueLease lease)
    {
        CatalogueMoments? moments = Volatile.Read(ref _moments);
        if (moments is not null
            && (moments.Generation == lease.Generation || clock.GetElapsedTime(_computedAt) < AgeMin))
        {
            return moments;
        }

        if (Interlocked.Exchange(ref _computing, 1) != 0)
        {
            return moments ?? CatalogueMoments.Of(lease, InlineRowCount(lease));
        }

        try
        {
            moments = CatalogueMoments.Of(lease, InlineRowCount(lease));
            _computedAt = clock.GetTimestamp();
            Volatile.Write(ref _moments, moments);
            return moments;
        }
        finally
        {
            Volatile.Write(ref _computing, 0);
        }
    }

    /// <summary>Items have other vectors altogether: moments of the old ones are no use. While none reads.</summary>
    public void Forget() => Volatile.Write(ref _moments, null);

    private static int InlineRowCount(CatalogueLease lease)
    {
        long dimension = lease.Items.Dimension;
        return (int)Math.Clamp(InlineWorkMax / (dimension * dimension), 256, CatalogueMoments.RowCountMax);
    }
}
