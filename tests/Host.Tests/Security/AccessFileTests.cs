using System.Text;
using Ebb.Host.Tests.Evaluation;
using Ebb.Protocol;
using Ebb.Server.Commands;
using Ebb.Server.Security;
using Xunit;

namespace Ebb.Host.Tests.Security;

public sealed class AccessFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string FilePath => Path.Combine(_folder.Path, "access");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Create_ThenLoad_LetsTheTokenInAndNoOther()
    {
        (string token, string line) = AccessFile.Create("ranker", EbbRole.Reader, "shop");
        (string other, _) = AccessFile.Create("ranker", EbbRole.Reader, "shop");
        File.WriteAllLines(FilePath, ["# who", "", line, "edge writer san:edge.internal"]);

        AccessControl access = AccessControl.Load(FilePath);

        Assert.DoesNotContain(token, line);
        AccessEntry entry = Assert.IsType<AccessEntry>(access.OfToken(Encoding.UTF8.GetBytes(token)));
        Assert.Equal(("ranker", EbbRole.Reader, "shop"),
            (entry.Name, entry.Role, Encoding.UTF8.GetString(entry.Tenant!)));
        Assert.Null(access.OfToken(Encoding.UTF8.GetBytes(other)));
        Assert.Null(access.OfToken([]));
        Assert.Null(access.OfToken(Encoding.UTF8.GetBytes(token[..^1])));
        Assert.Equal("edge", access.OfCertificate(["other", "EDGE.internal"])?.Name);
        Assert.Null(access.OfCertificate(["edge.internal.evil"]));
        Assert.Null(access.OfCertificate([]));
    }

    [Fact]
    public void Reload_BadFile_ThrowsAndKeepsWhoIsLetIn()
    {
        (string token, string line) = AccessFile.Create("a", EbbRole.Admin, null);
        (string next, string nextLine) = AccessFile.Create("b", EbbRole.Writer, null);
        File.WriteAllText(FilePath, line);
        AccessControl access = AccessControl.Load(FilePath);

        File.WriteAllText(FilePath, "nonsense");
        Assert.Throws<CliException>(access.Reload);
        Assert.NotNull(access.OfToken(Encoding.UTF8.GetBytes(token)));

        File.WriteAllText(FilePath, nextLine);
        access.Reload();
        Assert.Null(access.OfToken(Encoding.UTF8.GetBytes(token)));
        Assert.NotNull(access.OfToken(Encoding.UTF8.GetBytes(next)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nobody")]
    [InlineData("a admin")]
    [InlineData("a root sha256:{0}")]
    [InlineData("a 3 sha256:{0}")]
    [InlineData("a none sha256:{0}")]
    [InlineData("a reader md5:00")]
    [InlineData("a reader sha256:00")]
    [InlineData("a reader sha256:{1}")]
    [InlineData("a reader san:")]
    [InlineData("a admin sha256:{0} tenant=shop")]
    [InlineData("a reader sha256:{0} tenant=123456789012345678901234567890123")]
    [InlineData("a reader sha256:{0} shop")]
    [InlineData("a reader sha256:{0} tenant=shop more")]
    public void Load_BadLine_IsRefusedWithoutQuotingIt(string line)
    {
        string secret = new('a', 64);
        File.WriteAllText(FilePath, line.Replace("{0}", secret).Replace("{1}", new string('z', 64)));
        CliException refusal = Assert.Throws<CliException>(() => AccessControl.Load(FilePath));
        Assert.DoesNotContain(secret, refusal.Message);
    }

    [Fact]
    public void RoleFor_EveryVerb_IsNamedOrClosed()
    {
        foreach (Opcode opcode in Enum.GetValues<Opcode>())
        {
            bool isOpen = VerbGate.RoleFor(opcode) == EbbRole.None;
            Assert.Equal(opcode is Opcode.Hello or Opcode.Ping or Opcode.Auth, isOpen);
        }

        Assert.Equal(EbbRole.Admin, VerbGate.RoleFor((Opcode)200));
        Assert.Equal(EbbRole.Writer, VerbGate.RoleFor(Opcode.Act));
        Assert.Equal(EbbRole.Admin, VerbGate.RoleFor(Opcode.ItemPut));
    }
}
