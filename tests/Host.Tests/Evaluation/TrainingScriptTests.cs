using System.Globalization;
using Ebb.Engine.Encoders;
using Ebb.Server.Hosting;
using Ebb.TestSupport;
using Xunit;

namespace Ebb.Host.Tests.Evaluation;

/// <summary>The training script itself, on a toy, where there is a Python with PyTorch.</summary>
public sealed class TrainingScriptTests
{
    private static readonly string Script =
        Path.Combine(Repository.Root, "engine", "Encoding", "Training", "train.py");

    [Fact]
    public void Train_AndOnFromThere_IsServedAndGoesOn()
    {
        Assert.SkipWhen(PythonWithTorch.Program is null, PythonWithTorch.Missing);
        Assert.SkipUnless(ModelChoice.Runtime.IsThere, ModelChoice.Runtime.Description);
        using var folder = new TempFolder();
        string events = folder.Write("events.csv", string.Concat(Enumerable.Range(0, 200).Select(row => string.Create(
            CultureInfo.InvariantCulture, $"u{row % 25},i{row * 7 % 24},click,{1000 + (row * 60)},,\n"))));
        string titles = folder.Write("titles.csv", "item,text\n" + string.Concat(
            Enumerable.Range(0, 24).Select(item => $"i{item},\"mug, no {item % 6}\"\n")));
        string categories = folder.Write("categories.csv", "item,category\n" + string.Concat(
            Enumerable.Range(0, 24).Select(item => $"i{item},c{item % 3}\n")));
        string[] options =
        [
            "--epochs", "1", "--dimension", "4", "--hidden", "8", "--length", "6", "--members", "2", "--scale", "14",
            "--texts", titles, "--categories", categories,
        ];
        Assert.Equal(0, Train(events, folder.File("a"), options));
        using SequenceEncoder encoder = ModelChoice.Load(folder.File("a"), "cpu");
        Assert.True(encoder.HasHead);
        Assert.Equal(8, encoder.Dimension);
        Assert.Equal(8, encoder.Items!.Encode("mug, no 3").Length);
        Assert.Empty(encoder.Items.Encode("!"));

        // On from there: an encoder that stays as it is says what it said.
        Assert.Equal(0, Train(events, folder.File("c"), [.. options, "--warm", folder.File("a"), "--epochs", "0"]));
        var before = ModelBundle.Read(folder.File("a")).Items;
        var after = ModelBundle.Read(folder.File("c")).Items;
        Assert.Equal(before.Ids, after.Ids);
        for (int row = 0; row < before.Count; row++)
        {
            for (int d = 0; d < before.Dimension; d++)
            {
                Assert.Equal(before.Row(row).Span[d], after.Row(row).Span[d], 1e-5f);
            }
        }

        Assert.Equal(0, Train(events, folder.File("d"), [.. options, "--warm", folder.File("a")]));
        using SequenceEncoder further = ModelChoice.Load(folder.File("d"), "cpu");
        Assert.Equal(before.Ids, further.Bundle.Items.Ids);
    }

    private static int Train(string events, string bundle, string[] options) =>
        PythonWithTorch.Run(["-B", "-W", "ignore", Script, events, "--out", bundle, .. options]);
}
