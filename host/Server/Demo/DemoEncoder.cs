using System.Diagnostics;
using Ebb.Client;
using Ebb.Engine.Encoders;
using Ebb.Engine.Interest;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Ebb.Protocol;
using Ebb.Server.Hosting;

namespace Ebb.Server.Demo;

/// <summary>
/// The demo's last step: the shipped encoder, trained on the months before October, is swapped into the running server
/// with its item vectors, and the customer is asked about once more.
/// </summary>
internal static class DemoEncoder
{
    private const ushort EncoderSurface = 2;

    /// <summary>As <c>ebb fit --model</c> found them on the validation part of the same data.</summary>
    private static readonly SourcePolicy Blend = new()
    {
        Vector = 0.4,
        Popularity = 0.8,
        Repeats = 0.4,
        Encoder = 1,
        RepeatHalfLife = MemorySchema.Never,
    };

    public static string Folder => Path.Combine(DemoData.ShippedFolder, "encoder");

    public static async Task<EncodedWishes> AskAsync(
        ServerHost host, EbbClient client, DemoData data, int customer, CancellationToken cancellation)
    {
        if (!ModelChoice.Runtime.IsThere)
        {
            return new EncodedWishes(ModelChoice.Runtime.Description, [], 0);
        }

        SequenceEncoder encoder = ModelChoice.Load(Folder, "cpu");
        string model = encoder.Describe();
        long started = Stopwatch.GetTimestamp();
        await host.Engine.ChangeModelAsync(encoder);
        host.Engine.SetPolicy(new ServingPolicy { Sources = Blend });
        await host.Engine.SettleSourcesAsync();
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var query = new EbbQuery { Count = DemoPlayer.ListCount, Surface = EncoderSurface, NowMs = data.EndMs };
        RecommendResult list = await client.RecommendAsync(data.Log.Users[customer], query, cancellation);
        if (list.Encoding is not (EbbEncoding.Fresh or EbbEncoding.Kept))
        {
            model += $" (left out: {list.Encoding})";
        }

        var titles = Enumerable.Range(0, data.Log.Items.Count).ToDictionary(item => data.Log.Items[item], data.Title);
        return new EncodedWishes(
            model, [.. list.Items.Select(item => titles[item.Item.ToString()])], Math.Round(seconds, 3));
    }
}
