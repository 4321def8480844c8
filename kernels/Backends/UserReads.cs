using Ebb.Kernels.Decay;
using Ebb.Kernels.TopK;

namespace Ebb.Kernels.Backends;

/// <summary>Requests whose user comes along, read on the CPU: where a device could not.</summary>
internal static class UserReads
{
    /// <summary>Makes the queries of those that bring a user; returns what is still to be scanned.</summary>
    public static TopKRequest[] Read(CpuBackend cpu, ReadOnlySpan<TopKRequest> requests)
    {
        List<TopKRequest> left = new(requests.Length);
        foreach (TopKRequest request in requests)
        {
            if (request.User is { } user)
            {
                Read(cpu, request, user);
            }

            if (request.User is not { IsKept: true })
            {
                left.Add(request);
            }
        }

        return [.. left];
    }

    private static void Read(CpuBackend cpu, TopKRequest request, TopKUser user)
    {
        request.Count = 0;
        user.Exponent = cpu.Blend(
            user.Shape, user.Bank, new BlendAt(user.ElapsedMs, user.Coefficients), request.Query);
        user.Drift = user.Reference.Length == 0
            ? double.NaN
            : cpu.Drift(user.Measure, request.Query, user.Reference);
        user.IsKept = user.Drift < user.KeepBelow || !request.Query.AsSpan().ContainsAnyExcept(0f);
    }
}
