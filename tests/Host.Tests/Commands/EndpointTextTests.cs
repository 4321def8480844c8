using System.Net;
using Ebb.Server.Commands;
using Xunit;

namespace Ebb.Host.Tests.Commands;

public sealed class EndpointTextTests
{
    private const int DefaultPort = 7878;

    [Theory]
    [InlineData("127.0.0.1:7171", "127.0.0.1:7171")]
    [InlineData("127.0.0.1", "127.0.0.1:7878")]
    [InlineData("0.0.0.0:0", "0.0.0.0:0")]
    [InlineData("7171", "127.0.0.1:7171")]
    [InlineData(":7171", "127.0.0.1:7171")]
    [InlineData("localhost:7171", "127.0.0.1:7171")]
    [InlineData("[::1]:7171", "[::1]:7171")]
    [InlineData("::1", "[::1]:7878")]
    [InlineData("ebb.example:7171", "ebb.example:7171")]
    [InlineData("ebb", "ebb:7878")]
    public void TryParse_HostAndPort_AreThose(string text, string expected)
    {
        Assert.True(EndpointText.TryParse(text, DefaultPort, out EndPoint? endpoint));
        Assert.Equal(expected, EndpointText.Format(endpoint));
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:port")]
    [InlineData("127.0.0.1:-1")]
    [InlineData("no spaces here:1")]
    public void TryParse_NotAnAddress_IsRefused(string? text) =>
        Assert.False(EndpointText.TryParse(text, DefaultPort, out _));
}
