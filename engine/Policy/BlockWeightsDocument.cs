using System.Text.Json;
using Ebb.Engine.Ranking;

namespace Ebb.Engine.Policy;

/// <summary>
/// The key <c>block_weights</c> of a policy: what each named block of the item vectors weighs in the score, as
/// <c>{"text": 0.5, "image": 2}</c>; 1 for one that is not named. Whether the items have such blocks shows when the
/// policy is put in force.
/// </summary>
internal static class BlockWeightsDocument
{
    public static Dictionary<string, float> Read(JsonElement body, string path)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            throw new DocumentException(path, "an object is wanted: a weight a name");
        }

        var weights = new Dictionary<string, float>();
        foreach (JsonProperty block in body.EnumerateObject())
        {
            string at = $"{path}.{block.Name}";
            double weight = DocumentObject.ReadNumber(block.Value, at);
            if (weight is not (>= 0 and <= ServingPolicy.AttentionMax))
            {
                throw new DocumentException(at, $"a weight is a number from 0 to {ServingPolicy.AttentionMax}");
            }

            weights[block.Name] = (float)weight;
        }

        return weights;
    }
}
