using System.Globalization;
using Ebb.Protocol;
using Xunit;

namespace Ebb.Host.Tests.Protocol;

/// <summary>A conformance vector: one frame as bytes, from tests/Host.Tests/Protocol/vectors.</summary>
internal sealed record Vector(string Name, byte[] Bytes, string Text)
{
    private const string Prefix = "vectors/";

    public static readonly IReadOnlyList<Vector> All = [.. typeof(Vector).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)
        .Select(Load)];

    public static TheoryData<string> Names => [.. All.Select(vector => vector.Name)];

    public FrameHeader Header => FrameHeader.TryRead(Bytes, out var header)
        ? header
        : throw new InvalidDataException(Name);

    public bool IsReply => (Header.Flags & FrameFlags.Reply) != 0;

    public ReadOnlySpan<byte> Tagged => Bytes.AsSpan(FrameHeader.Bytes, Header.TaggedBytes);

    public ReadOnlySpan<byte> Body => Bytes.AsSpan(FrameHeader.Bytes + Header.TaggedBytes);

    public static Vector Get(string name) => All.Single(vector => vector.Name == name);

    public static string Resource(string name)
    {
        using var stream = typeof(Vector).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static Vector Load(string resource)
    {
        string text = Resource(resource);
        string name = "";
        var bytes = new List<byte>();
        foreach (string line in text.Split('\n'))
        {
            string content = line.Split('#')[0].Trim();
            if (content.StartsWith("name:", StringComparison.Ordinal))
            {
                name = content["name:".Length..].Trim();
                continue;
            }

            bytes.AddRange(content.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(hex => byte.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
        }

        return new Vector(name, [.. bytes], text);
    }
}
