using Ebb.Kernels.Memory;

namespace Ebb.Kernels.TopK;

/// <summary>One query of a batch. Reused by its owner; a backend touches it only during the call.</summary>
public sealed class TopKRequest
{
    public const int CountMax = 4096;

    /// <summary>D floats, finite. Where a user comes along: room for D floats, which the call fills.</summary>
    public float[] Query { get; set; } = [];

    /// <summary>Whose blend is the query, for a backend that takes users. Null: the query is given.</summary>
    public TopKUser? User { get; set; }

    /// <summary>1 to <see cref="CountMax"/>; more than the matrix holds is fine.</summary>
    public int K { get; set; }

    /// <summary>Rows left out (bit set). Rows past its length are not left out. Null: none.</summary>
    public ItemBitmap? Excluded { get; set; }

    /// <summary>What a row's group adds to its score. Null: nothing.</summary>
    public RowBias? Bias { get; set; }

    /// <summary>Only scores ≥ this are wanted (θ, before the log2 scale).</summary>
    public float ScoreMin { get; set; } = float.NegativeInfinity;

    /// <summary>At least K long; filled to <see cref="Count"/>.</summary>
    public ScoredItem[] Results { get; set; } = [];

    public int Count { get; set; }
}
