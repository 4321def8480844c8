using Ebb.Engine.Catalogue;
using Ebb.Engine.Encoders;
using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;
using Xunit;
using static Ebb.Engine.Tests.Interest.EngineFixture;

namespace Ebb.Engine.Tests.Encoders;

/// <summary>Items by a text or by named stretches of their vectors.</summary>
public sealed class ItemDescriptionTests
{
    private const int ImageDimension = 4;
    private const string Title = "Red  retrospot MUG, red";

    private static readonly VectorBlock[] Blocks =
        [new VectorBlock("text", Dimension), new VectorBlock("image", ImageDimension)];

    [Theory]
    [InlineData("", 0)]
    [InlineData(" ,.-", 0)]
    [InlineData("Red mug", 2)]
    [InlineData("a b c d e f g h i", 6)]
    public void Words_AreTheFirstRunsOfLettersAndDigits(string text, int count) =>
        Assert.Equal(count, TextWords.Read(text, 997, new long[6]));

    [Fact]
    public void Words_AreHashedAsTheTrainingScriptDoes()
    {
        long[] words = new long[4];

        // FNV-1a of "red", "4711" and of "é" as bytes C3 A9, worked out apart.
        Assert.Equal(3, TextWords.Read("RED 4711-é", 1 << 20, words));
        Assert.Equal([1 + Fnv("red"u8), 1 + Fnv("4711"u8), 1 + Fnv([0xC3, 0xA9]), 0], words);
        Assert.Equal(0x40F480DCu % (1 << 20), Fnv("red"u8));
    }

    [Fact]
    public async Task Put_TextWithoutAVector_IsWhatTheModelMakesOfIt()
    {
        using BundleFolder bundle = new BundleFolder().WithParts();
        await using InterestEngine engine = await OpenAsync(bundle);
        await engine.PutItemsAsync([new ItemPut("new", default) { Text = Title }]);
        float[] expected = Encoded(Title);
        Assert.Equal(expected.Sum(value => (double)value * value), await NormSquaredAsync(engine, "new"), 1e-4);
        Assert.Equal(4, expected.Sum());
    }

    [Fact]
    public async Task Put_TextBesideAVector_CountsOnlyWhenAskedFor()
    {
        using BundleFolder bundle = new BundleFolder().WithParts();
        await using InterestEngine engine = await OpenAsync(bundle);
        float[] vector = new float[Dimension];
        vector[0] = 3;
        await engine.PutItemsAsync([
            new ItemPut("given", vector) { Text = Title },
            new ItemPut("asked", vector) { Text = Title, EncodeText = true }]);
        Assert.Equal(9, await NormSquaredAsync(engine, "given"), 1e-4);
        Assert.Equal(
            Encoded(Title).Sum(value => (double)value * value), await NormSquaredAsync(engine, "asked"), 1e-4);
    }

    [Fact]
    public async Task Put_WhatCannotBe_IsRefusedAndTheRestIsPut()
    {
        using BundleFolder bundle = new BundleFolder().WithParts();
        await using InterestEngine engine = await OpenAsync(bundle);
        await using InterestEngine modelless = await OpenAsync(null);
        var blocks = new Dictionary<string, ReadOnlyMemory<float>> { ["text"] = new float[Dimension] };
        ItemChangeReply reply = await engine.PutItemsAsync([
            new ItemPut("blocks", default) { Blocks = blocks }, new ItemPut("wordless", default) { Text = "!?" },
            new ItemPut("", default) { Text = Title }]);
        Assert.Equal([EntryStatus.WrongDimension, EntryStatus.Ok, EntryStatus.IdLength], reply.Statuses);
        reply = await modelless.PutItemsAsync([new ItemPut("new", default) { Text = Title }]);
        Assert.Equal([EntryStatus.WrongDimension], reply.Statuses);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(0.5f, 2)]
    [InlineData(0, 1)]
    public async Task Recommend_NamedBlocks_IsTheWeightedSumOfTheirDotProducts(float text, float image)
    {
        await using InterestEngine engine = await OpenBlocksAsync();
        float[][] texts = [.. Items(20, Dimension, 3).Select(item => item.Vector.ToArray())];
        float[][] images = [.. Items(20, ImageDimension, 4).Select(item => item.Vector.ToArray())];
        await engine.PutItemsAsync([.. texts.Select((vector, item) => new ItemPut(ItemId(item), default)
        {
            Blocks = new Dictionary<string, ReadOnlyMemory<float>> { ["image"] = images[item], ["text"] = vector },
        })]);
        engine.SetPolicy(ExactPolicy with
        {
            BlockWeights = new Dictionary<string, float> { ["text"] = text, ["image"] = image },
        });
        await engine.ObserveAsync([Click("u", 2, NowMs), Click("u", 5, NowMs)]);
        Recommendation list = await engine.RecommendAsync("u", new RecommendQuery { Count = 20 });
        Assert.True(list.Exact);
        foreach (RecommendedItem found in list.Items)
        {
            int item = int.Parse(found.Item.ToString()[5..]);
            double expected = (text * Dot(texts, item)) + (image * Dot(images, item));
            Assert.Equal(expected, found.Score, 1e-4);
        }

        Assert.Throws<ArgumentException>(() => engine.SetPolicy(ExactPolicy with
        {
            BlockWeights = new Dictionary<string, float> { ["sound"] = 1 },
        }));
    }

    [Fact]
    public async Task Put_BlocksOfAnotherNameOrLength_AreRefused()
    {
        await using InterestEngine engine = await OpenBlocksAsync();
        ItemPut Item(string id, string block, int length) => new(id, default)
        {
            Blocks = new Dictionary<string, ReadOnlyMemory<float>> { [block] = new float[length] },
        };
        ItemChangeReply reply = await engine.PutItemsAsync([
            Item("a", "sound", 4), Item("b", "image", 5), Item("c", "image", 4),
            Item("d", "image", 4) with { Vector = new float[Dimension + ImageDimension] },
            new ItemPut("e", new float[Dimension + ImageDimension])]);
        Assert.Equal(
            [
                EntryStatus.WrongDimension, EntryStatus.WrongDimension, EntryStatus.Ok, EntryStatus.WrongDimension,
                EntryStatus.Ok,
            ],
            reply.Statuses);
    }

    [Fact]
    public void Put_TextAskedForBesideAWholeVector_FillsItsBlockAndLeavesTheRest()
    {
        using BundleFolder bundle = new BundleFolder().WithParts();
        using SequenceEncoder encoder = bundle.LoadAnyhow();
        var describer = new ItemDescriber(
            new VectorBlocks(Blocks, Dimension + ImageDimension), Dimension + ImageDimension, () => encoder);
        float[] whole = [.. Enumerable.Range(1, Dimension + ImageDimension).Select(value => (float)value)];
        var item = new ItemPut("a", whole) { Text = Title, EncodeText = true };
        Assert.Equal(EntryStatus.Ok, describer.Describe(item, out ItemPut plain));
        Assert.Equal([.. Encoded(Title), .. whole[Dimension..]], plain.Vector.ToArray());
        item = new ItemPut("b", default)
        {
            Text = Title,
            Blocks = new Dictionary<string, ReadOnlyMemory<float>> { ["image"] = whole.AsMemory(0, ImageDimension) },
        };
        Assert.Equal(EntryStatus.Ok, describer.Describe(item, out plain));
        Assert.Equal([.. Encoded(Title), .. whole[..ImageDimension]], plain.Vector.ToArray());
        Assert.Equal(2, describer.EncodedCount);
    }

    [Theory]
    [InlineData("text", 3)]
    [InlineData("", 20)]
    public async Task Open_BlocksThatAreNoLayout_IsRefused(string name, int dimension) =>
        await Assert.ThrowsAsync<EngineStartException>(() => InterestEngine.OpenAsync(
            Options() with { Dimension = 20, VectorBlocks = [new VectorBlock(name, dimension)] }));

    private static uint Fnv(ReadOnlySpan<byte> bytes)
    {
        ulong hash = 2166136261;
        foreach (byte value in bytes)
        {
            hash = ((hash ^ value) * 16777619) & 0xFFFFFFFF;
        }

        return (uint)(hash % (1 << 20));
    }

    private static double Dot(float[][] vectors, int item) => Enumerable.Range(0, vectors[0].Length)
        .Sum(d => (double)(vectors[2][d] + vectors[5][d]) * vectors[item][d]);

    private static float[] Encoded(string text)
    {
        long[] words = new long[BundleFolder.WordsMax];
        TextWords.Read(text, BundleFolder.BucketCount, words);
        return RowSums.Of(words, Dimension);
    }

    /// <summary>‖p‖²: the item's score for one who did it alone, once, now.</summary>
    private static async Task<double> NormSquaredAsync(InterestEngine engine, string item)
    {
        var one = new BehaviourEvent("of " + item, item, EventTypes.Click, NowMs, null, 0);
        ActReply reply = await engine.ActAsync("of " + item, [one], new RecommendQuery { Count = 100 });
        return reply.Recommendation.Items.Single(found => found.Item == item).Score;
    }

    private static Task<InterestEngine> OpenBlocksAsync() =>
        InterestEngine.OpenAsync(Options() with { Dimension = Dimension + ImageDimension, VectorBlocks = Blocks });

    private static async Task<InterestEngine> OpenAsync(BundleFolder? bundle)
    {
        InterestEngine engine = await InterestEngine.OpenAsync(Options() with { Encoder = bundle?.LoadAnyhow() });
        await engine.PutItemsAsync(Items(20));
        return engine;
    }
}
