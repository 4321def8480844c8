using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;
using Ebb.Engine.Sources;
using Ebb.Kernels.Backends;
using Ebb.Kernels.TopK;

namespace Ebb.Engine.Batching;

/// <summary>One pass over the catalogue for all lists of a batch that need one, then each list is finished.</summary>
internal sealed class ScanStage(IKernelBackend backend, ListMaker maker, Blender blender)
{
    private TopKRequest[] _scans = new TopKRequest[16];

    public void Run(List<ListJob> lists, CatalogueLease catalogue)
    {
        int count = 0;
        foreach (ListJob job in lists)
        {
            // Rules may have come since the list was planned.
            job.Blends = job.Policy.Blends || catalogue.HasWeights(job.Request.Filter);
            if (job.Scan.User is not null && (job.Blends || job.Path != ListPath.Scan))
            {
                RecordScans.ReadHere(backend, job);
            }

            if (job.Path == ListPath.Scan)
            {
                job.Scan.Excluded = catalogue.Excluded(job.Request.Filter);
                Add(job.Scan, count++);
            }

            if (job.Blends && job.Path is (ListPath.Scan or ListPath.KeptCandidates))
            {
                blender.Prepare(job, catalogue);
            }
        }

        if (count > 0)
        {
            backend.TopK(catalogue.Items, _scans.AsSpan(0, count));
            Array.Clear(_scans, 0, count);
        }

        foreach (ListJob job in lists)
        {
            if (job.Scan.User is not null)
            {
                RecordScans.Settle(job);
            }

            Blend(job, catalogue);
            maker.Finish(job, catalogue);
            job.Scan.Excluded = null;
        }
    }

    private void Blend(ListJob job, CatalogueLease catalogue)
    {
        if (job.Blends && job.Path == ListPath.Scan)
        {
            blender.MergeScanned(job, catalogue);
        }
        else if (job.Blends && job.Path == ListPath.KeptCandidates)
        {
            blender.MergeKept(job, job.Kept!.Candidates, catalogue);
        }
    }

    private void Add(TopKRequest scan, int index)
    {
        if (index == _scans.Length)
        {
            Array.Resize(ref _scans, _scans.Length * 2);
        }

        _scans[index] = scan;
    }
}
