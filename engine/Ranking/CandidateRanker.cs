using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Kernels.Backends;

namespace Ebb.Engine.Ranking;

/// <summary>
/// RANK: the cosine of each candidate with the user's interest, and the caller's relevance weighed in.
/// </summary>
internal sealed class CandidateRanker(IKernelBackend backend)
{
    private int[] _rows = [];
    private int[] _candidateOf = [];
    private float[] _scores = [];

    /// <param name="query">
    /// The user's unscaled interest; all zeros for a stranger, whose interest is 0 in everything.
    /// </param>
    public void Rank(EngineRequest request, ReadOnlySpan<float> query, ServingPolicy policy, CatalogueLease lease)
    {
        int count = Resolve(request, lease);
        backend.Score(lease.Items, query, _rows.AsSpan(0, count), _scores.AsSpan(0, count));
        double queryNorm = VectorNorm.Of(query);
        for (int index = 0; index < count; index++)
        {
            ref RequestCandidate candidate = ref request.Candidate(_candidateOf[index]);
            double norms = queryNorm * VectorNorm.Of(lease.Vector(_rows[index]));
            double interest = norms > 0 ? _scores[index] / norms : 0;
            double relevance = float.IsNaN(candidate.Relevance) ? 0 : candidate.Relevance;
            candidate.Status = EntryStatus.Ok;
            candidate.Interest = (float)interest;
            candidate.Score = (float)((policy.RelevanceWeight * relevance) + (policy.InterestWeight * interest));
        }

        request.Generation = lease.Generation;
    }

    private int Resolve(EngineRequest request, CatalogueLease lease)
    {
        if (_rows.Length < request.CandidateCount)
        {
            _rows = new int[request.CandidateCount];
            _candidateOf = new int[request.CandidateCount];
            _scores = new float[request.CandidateCount];
        }

        int count = 0;
        for (int index = 0; index < request.CandidateCount; index++)
        {
            ref RequestCandidate candidate = ref request.Candidate(index);
            if (candidate.Status != EntryStatus.Ok)
            {
                continue;
            }

            if (lease.TryFind(request.Bytes(candidate.Item), out int row))
            {
                _rows[count] = row;
                _candidateOf[count++] = index;
            }
            else
            {
                candidate.Status = candidate.Item.Length is >= 1 and <= OpaqueId.BytesMax
                    ? EntryStatus.UnknownItem
                    : EntryStatus.IdLength;
            }
        }

        return count;
    }
}
