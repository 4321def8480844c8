using System.Diagnostics;
using Ebb.Engine;
using Ebb.Engine.Ranking;

// Ebb inside a process, without any server: the ten lines of the README are between the two rules.
string folder = args.Length > 0 ? args[0] : Directory.CreateTempSubdirectory("ebb-edge-").FullName;

// ---------------------------------------------------------------------------------------------------------------------
await using InterestEngine engine =
    await InterestEngine.OpenAsync(new EngineOptions { Folder = folder, Dimension = 3 });
await engine.PutItemsAsync([
    new("espresso", new float[] { 1, 0, 0 }), new("ristretto", new float[] { 0.9f, 0.1f, 0 }),
    new("green tea", new float[] { 0, 1, 0 }), new("surf board", new float[] { 0, 0, 1 })]);
long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
await engine.ObserveAsync([
    new("ada", "espresso", EventTypes.Purchase, now - 60_000), new("ada", "green tea", EventTypes.View, now)]);
Recommendation list = await engine.RecommendAsync("ada", new RecommendQuery { Count = 3 });
foreach (RecommendedItem item in list.Items) { Console.WriteLine($"{item.Score,7:0.000}  {item.Item}"); }
// ---------------------------------------------------------------------------------------------------------------------

using Process self = Process.GetCurrentProcess();
double startMs = (DateTime.Now - self.StartTime).TotalMilliseconds;
Console.WriteLine(
    $"from process start to this list: {startMs:0} ms; resident: {self.WorkingSet64 / 1048576.0:0.0} MiB");
