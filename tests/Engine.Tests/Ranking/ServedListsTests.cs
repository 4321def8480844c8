using Ebb.Engine.Catalogue;
using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;
using Xunit;

namespace Ebb.Engine.Tests.Ranking;

public sealed class ServedListsTests
{
    private readonly ServedLists _lists = new(countMax: 2, dimension: 4);

    [Fact]
    public void Store_Replaced_IsFilledAgainOnlyOnceNobodyReadsIt()
    {
        ServedList first = Store("ann", 1);
        Assert.Same(first, _lists.Find(first.Key, "ann"u8));
        ServedList second = Store("ann", 1);
        Assert.NotSame(first, _lists.Rent());
        _lists.Release(first);
        Assert.Same(first, _lists.Rent());
        Assert.Same(second, _lists.Find(first.Key, "ann"u8));
    }

    [Fact]
    public void Store_PastTheBound_EvictsTheLeastRecentlyUsed()
    {
        ServedList ann = Store("ann", 1);
        ServedList bob = Store("bob", 1);
        _lists.Release(_lists.Find(ann.Key, "ann"u8)!);
        ServedListKey bobKey = bob.Key;
        Store("cat", 1);
        Assert.Equal(2, _lists.Count);
        Assert.Null(_lists.Find(bobKey, "bob"u8));
        Assert.Null(_lists.Latest("bob"u8));
        Assert.Same(ann, _lists.Latest("ann"u8));
        Assert.Same(bob, _lists.Rent());
    }

    [Fact]
    public void Latest_OlderListEvicted_StaysTheNewerOne()
    {
        Store("ann", 1);
        ServedList newer = Store("ann", 2);
        Store("bob", 1);
        Assert.Same(newer, _lists.Latest("ann"u8));
    }

    private ServedList Store(string user, ushort surface)
    {
        byte[] id = System.Text.Encoding.ASCII.GetBytes(user);
        ServedList list = _lists.Rent();
        list.Key = new ServedListKey(StableHash.Compute(id), surface, false, ItemFilter.None);
        list.SetUser(id);
        _lists.Store(list);
        return list;
    }
}
