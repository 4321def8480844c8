using Ebb.Protocol;
using Ebb.Protocol.Messages;
using Xunit;

namespace Ebb.Host.Tests.Protocol;

public sealed class ListEncodingTests
{
    public static TheoryData<EbbEncoding> Uses { get; } = [.. Enum.GetValues<EbbEncoding>()];

    [Theory]
    [MemberData(nameof(Uses))]
    public void List_EncoderUse_SurvivesTheWireBesideTheOtherBits(EbbEncoding use)
    {
        foreach (bool exact in (bool[])[false, true])
        {
            using var buffer = new FrameBuffer();
            var head = new ListHead(EbbListDecision.Refresh, exact, 0.5, 0, 7) { Encoding = use };
            new ListWriter(buffer, head, 1).Item("a"u8, 1f, 0f, 0);
            Assert.Equal(StatusCode.Ok, ListReader.TryOpen(new WireReader(buffer.Written), out ListReader list));
            Assert.Equal(head, list.Head);
        }
    }

    [Fact]
    public void EncoderUse_Numbers_AreThoseOfTheEngine() => Assert.Equal(
        Enum.GetNames<Ebb.Engine.Encoders.EncodingUse>(), Enum.GetNames<EbbEncoding>());
}
