namespace Ebb.Server.Demo;

/// <summary>What was done with the lists that ACT and RECOMMEND answered.</summary>
public readonly record struct ListCounts(long Kept, long Refreshed, long New, long Diversified, long Popular)
{
    public long Total => Kept + Refreshed + New + Diversified + Popular;
}
