namespace Ebb.Kernels.TopK;

/// <summary>
/// What a row's group (its category) adds to every score of a query: score = fl32(Σ_d q_d·x_d + bias of the row's
/// group), in double. Reused by its owner; a backend touches it only during the call.
/// </summary>
public sealed class RowBias
{
    /// <summary>Largest magnitude of a bias.</summary>
    public const float Max = 1e30f;

    /// <summary>Row → group, by row number; rows past the end have no bias. Shared between queries.</summary>
    public int[] Groups { get; set; } = [];

    /// <summary>Group → bias, finite, at most <see cref="Max"/> either way; groups past the end have none.</summary>
    public float[] Biases { get; set; } = [];

    /// <summary>What this row's score gains.</summary>
    public float this[int row]
    {
        get
        {
            uint group = (uint)row < (uint)Groups.Length ? (uint)Groups[row] : uint.MaxValue;
            return group < (uint)Biases.Length ? Biases[group] : 0;
        }
    }

    /// <summary>The most that any row can gain.</summary>
    internal float Highest()
    {
        float highest = 0;
        foreach (float bias in Biases)
        {
            highest = MathF.Max(highest, bias);
        }

        return highest;
    }
}
