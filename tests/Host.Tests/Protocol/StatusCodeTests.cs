using System.Globalization;
using Ebb.Engine;
using Ebb.Protocol;
using Xunit;

namespace Ebb.Host.Tests.Protocol;

public sealed class StatusCodeTests
{
    [Fact]
    public void StatusCode_AndEntryStatus_AreTheSameByNameAndNumber()
    {
        var engine = Enum.GetValues<EntryStatus>().ToDictionary(status => status.ToString(), status => (int)status);
        var wire = Enum.GetValues<StatusCode>().ToDictionary(status => status.ToString(), status => (int)status);

        Assert.Equal(engine.OrderBy(pair => pair.Value), wire.OrderBy(pair => pair.Value));
    }

    [Fact]
    public void StatusTable_OfTheDocument_IsTheEnum()
    {
        // | code | name | retry | meaning |
        var rows = Vector.Resource("PROTOCOL.md").Split('\n')
            .SkipWhile(line => !line.StartsWith("## 6.", StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells.Length == 6 && int.TryParse(cells[1], CultureInfo.InvariantCulture, out _))
            .ToDictionary(cells => (StatusCode)int.Parse(cells[1], CultureInfo.InvariantCulture));

        Assert.Equal(Enum.GetValues<StatusCode>(), rows.Keys.Order());
        foreach (var (status, cells) in rows)
        {
            Assert.Equal(status.ToString(), cells[2]);
            string expected = status.IsDone() ? "" : status.IsRetryable() ? "yes" : "no";
            Assert.Equal((status, expected), (status, cells[3]));
        }
    }

    [Fact]
    public void OpcodeTable_OfTheDocument_IsTheEnum()
    {
        var rows = Vector.Resource("PROTOCOL.md").Split('\n')
            .SkipWhile(line => !line.StartsWith("## 3.", StringComparison.Ordinal))
            .TakeWhile(line => !line.StartsWith("### 3.1", StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells.Length == 6 && int.TryParse(cells[1], CultureInfo.InvariantCulture, out _))
            .Select(cells => (cells[1], cells[2].Replace("_", "", StringComparison.Ordinal).ToUpperInvariant()));

        var expected = Enum.GetValues<Opcode>().Select(opcode =>
            (((int)opcode).ToString(CultureInfo.InvariantCulture), opcode.ToString().ToUpperInvariant()));
        Assert.Equal(expected, rows);
    }

    [Theory]
    [InlineData("observe-request")]
    [InlineData("observe-reply")]
    public void HexOfTheDocument_IsTheVector(string name) =>
        Assert.Contains(Vector.Get(name).Text, Vector.Resource("PROTOCOL.md"), StringComparison.Ordinal);
}
