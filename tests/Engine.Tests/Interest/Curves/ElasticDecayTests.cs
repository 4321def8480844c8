using System.Text.Json;
using Ebb.Engine.Interest.Curves;
using Xunit;

namespace Ebb.Engine.Tests.Interest.Curves;

public sealed class ElasticDecayTests
{
    private const double DayMs = 86_400_000;

    /// <summary>The formulas of Elasticsearch's reference, written out.</summary>
    [Theory]
    [InlineData("gauss")]
    [InlineData("exp")]
    [InlineData("linear")]
    public void Read_AnyFunction_HasElasticsearchsValues(string function)
    {
        ForgettingCurve curve = Read(
            $$"""{ "{{function}}": { "origin": "now", "scale": "10d", "offset": "5 d", "decay": 0.3 } }""").ToCurve();
        Assert.Null(curve.Problem);
        Assert.Equal(1, curve.At(0), 1e-12);
        Assert.Equal(1, curve.At(5 * DayMs), 1e-12);
        Assert.Equal(0.3, curve.At(15 * DayMs), 1e-9);
        for (double days = 0; days < 60; days += 0.7)
        {
            double beyond = Math.Max(0, days - 5);
            double expected = function switch
            {
                "gauss" => Math.Exp(-beyond * beyond / (2 * (-100 / (2 * Math.Log(0.3))))),
                "exp" => Math.Exp(Math.Log(0.3) / 10 * beyond),
                _ => Math.Max(0, ((10 / 0.7) - beyond) / (10 / 0.7)),
            };
            Assert.Equal(expected, curve.At(days * DayMs), 1e-9);
        }
    }

    [Fact]
    public void Read_FieldNameAndDefaults_AreAccepted()
    {
        ElasticDecay decay = Read("""{ "exp": { "seen_at": { "scale": "12h" } } }""");
        Assert.Equal(new ElasticDecay(ElasticFunction.Exp, TimeSpan.FromHours(12)), decay);
        Assert.Equal(new ExponentialCurve(TimeSpan.FromHours(12)), decay.ToCurve());
    }

    [Theory]
    [InlineData("""{ "sigmoid": { "scale": "1d" } }""", "gauss, exp or linear")]
    [InlineData("""{ "exp": { "scale": "1d", "decay": 1 } }""", "exp: decay lies between 0 and 1")]
    [InlineData("""{ "exp": { "scale": "1d", "decay": "x" } }""", "exp.decay")]
    [InlineData("""{ "exp": { "scale": "1 fortnight" } }""", "exp.scale")]
    [InlineData("""{ "exp": { "scale": "never" } }""", "exp.scale")]
    [InlineData("""{ "exp": { "scale": "1d", "origin": "2020-01-01" } }""", "exp.origin")]
    [InlineData("""{ "exp": { "scale": "1d", "ofset": "1d" } }""", "exp.ofset is not known")]
    [InlineData("""{ "exp": { } }""", "one key")]
    [InlineData("""{ "exp": 5 }""", "exp: an object")]
    [InlineData("""{ "exp": { "scale": "1d" }, "gauss": { "scale": "1d" } }""", "one key")]
    public void Read_Bad_NamesThePlaceAndTheRemedy(string json, string expected)
    {
        JsonException refusal = Assert.Throws<JsonException>(() => Read(json));
        Assert.Contains(expected, refusal.Message);
    }

    private static ElasticDecay Read(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return ElasticDecayJson.Read(document.RootElement);
    }
}
