using System.CommandLine;
using System.Globalization;
using Ebb.Engine.Catalogue;

namespace Ebb.Server.Commands;

/// <summary><c>--blocks text:64,image:32</c>: the named stretches of every item vector, in order.</summary>
internal static class BlockOption
{
    public static Option<VectorBlock[]> Make() => new("--blocks")
    {
        Description = "Named stretches of the item vectors, in order, D together: what ITEM_DESCRIBE fills and a"
            + " policy's block_weights weigh. The same at every start.",
        HelpName = "NAME:D[,...]",
        DefaultValueFactory = _ => [],
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (!TryParse(text, out VectorBlock[] blocks))
            {
                result.AddError($"--blocks: '{text}' names no blocks; write text:64,image:32.");
            }

            return blocks;
        },
    };

    internal static bool TryParse(string text, out VectorBlock[] blocks)
    {
        var found = new List<VectorBlock>();
        foreach (string part in text.Split(','))
        {
            string[] sides = part.Split(':');
            if (sides.Length != 2 || sides[0].Length == 0 || !int.TryParse(
                sides[1], NumberStyles.None, CultureInfo.InvariantCulture, out int dimension) || dimension < 1)
            {
                blocks = [];
                return false;
            }

            found.Add(new VectorBlock(sides[0], dimension));
        }

        blocks = [.. found];
        return true;
    }
}
