using Ebb.Engine.Catalogue;
using Ebb.Engine.Policy;
using Ebb.Engine.Sources;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Ebb.Engine.Ranking.Drifting;

/// <summary>
/// Makes the principal components that policies ask for: at open and when a policy is put in force, then again, beside
/// the requests, whenever as many vectors were put as it was made of: the catalogue has doubled, or is another. Until
/// there are items, drift is measured without.
/// </summary>
internal sealed class ProjectionMaker(ItemCatalogue catalogue)
{
    private const int SampleRowCountMax = 65_536;

    private readonly Lock _lock = new();
    private long _putSince;
    private int _madeOfItems;
    private int _isMaking;

    /// <summary>Done when what was put so far is made or needs no making.</summary>
    public Task Settled { get; private set; } = Task.CompletedTask;

    /// <summary>For every policy of the split; takes the time of an eigenvalue problem of D × D.</summary>
    public void Make(PolicySplit split)
    {
        PolicyInForce[] asking = [.. split.Policies.Where(policy => policy.Policy.Projection is { Components: > 0 })];
        if (asking.Length == 0)
        {
            return;
        }

        lock (_lock)
        {
            CatalogueMoments moments;
            using (CatalogueLease lease = catalogue.Read())
            {
                Interlocked.Exchange(ref _putSince, 0);
                _madeOfItems = lease.ItemCount;
                moments = CatalogueMoments.Of(lease, SampleRowCountMax);
            }

            if (_madeOfItems == 0)
            {
                return;
            }

            float[][] components = Components(moments);
            foreach (PolicyInForce policy in asking)
            {
                policy.Projection = new Projection(components.Take(policy.Policy.Projection!.Components));
            }
        }
    }

    /// <summary>After vectors were put: any thread, returns at once.</summary>
    public void VectorsPut(uint count, Func<PolicySplit> split)
    {
        long putSince = Interlocked.Add(ref _putSince, count);
        bool isWanted = putSince >= Math.Max(1, Volatile.Read(ref _madeOfItems))
            && split().Policies.Any(policy => policy.Policy.Projection is { Components: > 0 });
        if (!isWanted || Interlocked.Exchange(ref _isMaking, 1) != 0)
        {
            return;
        }

        Settled = Task.Run(() =>
        {
            Volatile.Write(ref _isMaking, 0);
            Make(split());
        });
    }

    /// <summary>
    /// Eigenvectors of the covariance, the largest eigenvalue first; of unit length, their largest element positive.
    /// </summary>
    private static float[][] Components(CatalogueMoments moments)
    {
        int dimension = moments.Mean.Length;
        Matrix<double> covariance = Matrix<double>.Build.Dense(
            dimension, dimension, (row, column) => moments.Covariance[(row * dimension) + column]);
        Evd<double> evd = covariance.Evd(Symmetricity.Symmetric);
        var components = new float[dimension][];
        for (int rank = 0; rank < dimension; rank++)
        {
            // Eigenvalues come in ascending order.
            Vector<double> vector = evd.EigenVectors.Column(dimension - 1 - rank);
            double sign = vector[vector.AbsoluteMaximumIndex()] < 0 ? -1 : 1;
            components[rank] = [.. vector.Select(value => (float)(sign * value))];
        }

        return components;
    }
}
