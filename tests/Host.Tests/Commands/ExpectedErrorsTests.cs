using Ebb.Client;
using Ebb.Engine;
using Ebb.Engine.Log;
using Ebb.Evaluation;
using Ebb.Protocol;
using Ebb.Server.Commands;
using Ebb.Server.Transport;
using Xunit;

namespace Ebb.Host.Tests.Commands;

public sealed class ExpectedErrorsTests
{
    public static TheoryData<Exception, string> Expected => new()
    {
        { new EngineStartException("folder x: locked: stop the other process"), "folder x: locked" },
        { new EventLogException("log of partition 3: bad frame at 17: restore it"), "partition 3" },
        { new EbbServerStartException("127.0.0.1:1: in use: choose another port"), "in use" },
        { new DataFileException("x.npy: no array"), "x.npy" },
        { new EbbConnectionException("127.0.0.1:1: refused"), "--listen" },
        { new EbbException(StatusCode.WrongDimension, "D is 64"), "WrongDimension" },
        { new FileNotFoundException("Could not find", "ids.txt"), "ids.txt" },
        { new IOException("No space left on device", 28), "free some space" },
        { new AggregateException(new IOException("/x: gone")), "/x" },
    };

    [Theory]
    [MemberData(nameof(Expected))]
    public void Describe_WhatAUserCanSolve_NamesTheThing(Exception exception, string named) =>
        Assert.Contains(named, ExpectedErrors.Describe(exception));

    [Fact]
    public void Describe_AFaultOfOurs_IsNotHidden() =>
        Assert.Null(ExpectedErrors.Describe(new NullReferenceException()));

    [Fact]
    public void OneLine_ManyLines_AreJoined() =>
        Assert.Equal("a b c", ExpectedErrors.OneLine("a\r\n  b\n\nc\n"));
}
