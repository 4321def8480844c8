using System.Text;
using Ebb.Engine.Policy;
using Ebb.Engine.Ranking;
using Ebb.Kernels.Decay;
using Xunit;

namespace Ebb.Engine.Tests.Policy;

public sealed class PolicySplitTests
{
    private const int UserCount = 20_000;

    private static readonly BankShape Bank = new(2, [1000.0], []);

    [Fact]
    public void For_SharesOfNineToOne_SplitsTheUsersSo()
    {
        int[] counts = Counts(Split("", 9, 1));
        Assert.InRange(counts[1] / (double)UserCount, 0.09, 0.11);
        Assert.Equal(UserCount, counts.Sum());
    }

    [Fact]
    public void For_SharesOfNone_GetNobody()
    {
        Assert.Equal([0, UserCount, 0], Counts(Split("", 0, 3, 0)));
    }

    [Fact]
    public void For_SameSaltAndShares_IsTheSameForEver()
    {
        PolicySplit first = Split("a", 1, 1);
        PolicySplit second = Split("a", 1, 1);
        Assert.All(Users(), user => Assert.Equal(Index(first, user), Index(second, user)));

        // Fixed figures: another version, another machine must not deal anew.
        Assert.Equal([0, 1, 0, 1], Enumerable.Range(0, 4).Select(pair => Index(first, User(2 * pair))));
    }

    [Fact]
    public void For_AnotherSalt_DrawsTheUsersAnew()
    {
        PolicySplit first = Split("a", 1, 1);
        PolicySplit second = Split("b", 1, 1);
        double same = Users().Count(user => Index(first, user) == Index(second, user)) / (double)UserCount;
        Assert.InRange(same, 0.48, 0.52);
    }

    [Fact]
    public void For_MoreShareForOne_MovesUsersToItOnly()
    {
        PolicySplit before = Split("a", 1, 9);
        PolicySplit after = Split("a", 3, 7);
        Assert.All(Users(), user => Assert.True(Index(after, user) <= Index(before, user)));
    }

    [Fact]
    public void New_OneThatCannotBe_IsNamed()
    {
        PolicySet set = new([
            new PolicyShare("good", new ServingPolicy()),
            new PolicyShare("bad", new ServingPolicy { DiversityLambda = 2 }),
        ]);
        Assert.Contains("bad", Assert.Throws<ArgumentException>(() => new PolicySplit(set, Bank)).Message);
    }

    [Fact]
    public async Task SetPolicies_WhileServing_EachUserIsServedByHerOwn()
    {
        await using InterestEngine engine = await InterestEngine.OpenAsync(new EngineOptions { Dimension = 2 });
        await engine.PutItemsAsync([new("a", new float[] { 1, 0 }), new("b", new float[] { 0, 1 })]);
        await engine.ObserveAsync(
            [.. Enumerable.Range(0, 40).Select(user => new BehaviourEvent($"u{user}", "a", EventTypes.View, 1000))]);

        // One policy serves nothing below a score that no item has.
        engine.SetPolicies(new PolicySet([
            new PolicyShare("open", new ServingPolicy()),
            new PolicyShare("strict", new ServingPolicy { ScoreMin = 1e6 }),
        ]));
        int served = 0;
        for (int user = 0; user < 40; user++)
        {
            RecommendQuery query = new() { Count = 1 };
            Recommendation list = await engine.RecommendAsync($"u{user}", query);
            Recommendation again = await engine.RecommendAsync($"u{user}", query);
            Assert.Equal(list.Items.Count, again.Items.Count);
            served += list.Items.Count;
        }

        Assert.InRange(served, 10, 30);
        Assert.Throws<ArgumentException>(() => engine.SetPolicies(new PolicySet([])));
        Assert.Equal(2, engine.Policies.Policies.Count);
    }

    private static PolicySplit Split(string salt, params double[] shares) => new(
        new PolicySet([.. shares.Select((share, index) => new PolicyShare($"p{index}", new ServingPolicy(), share))])
        {
            Salt = salt,
        },
        Bank);

    private static int Index(PolicySplit split, byte[] user) =>
        split.Policies.Index().First(policy => ReferenceEquals(policy.Item, split.For(user))).Index;

    private static int[] Counts(PolicySplit split)
    {
        int[] counts = new int[split.Policies.Count];
        foreach (byte[] user in Users())
        {
            counts[Index(split, user)]++;
        }

        return counts;
    }

    private static IEnumerable<byte[]> Users() => Enumerable.Range(0, UserCount).Select(User);

    private static byte[] User(int number) => Encoding.UTF8.GetBytes($"user {number}");
}
