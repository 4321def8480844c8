using Ebb.Client.Internal;
using Ebb.Protocol;

namespace Ebb.Client;

/// <summary>What a server says of its experiments, shadows and tuners. Any thread; a view of its client.</summary>
public sealed class ExperimentsApi
{
    private readonly ClientCore _core;

    internal ExperimentsApi(ClientCore core)
    {
        _core = core;
    }

    /// <summary>How the arms of experiments stand. Ask as often as you like.</summary>
    public async Task<IReadOnlyList<EbbExperiment>> ListAsync(CancellationToken cancellation = default) =>
        await _core.Run(
            new PendingCall<EbbExperiment[]>(ExperimentsDecoder.Decode)
            {
                Frame = ExperimentsDecoder.Ask(EbbExperimentsVerb.Experiments),
            },
            cancellation);

    /// <summary>Which policy serves a user now, and in whose experiment: for logs of the caller's own.</summary>
    public Task<EbbArm> ArmAsync(EbbId user, CancellationToken cancellation = default) => _core.Run(
        new PendingCall<EbbArm>(ExperimentsDecoder.Arm) { Frame = ExperimentsDecoder.AskArm(user) }, cancellation);

    /// <summary>What policies that do not serve would have served.</summary>
    public async Task<IReadOnlyList<EbbShadow>> ShadowsAsync(CancellationToken cancellation = default) =>
        await _core.Run(
            new PendingCall<EbbShadow[]>(ExperimentsDecoder.Shadows)
            {
                Frame = ExperimentsDecoder.Ask(EbbExperimentsVerb.Shadows),
            },
            cancellation);

    /// <summary>What tuners changed, and are trying.</summary>
    public Task<EbbTuning> TuningAsync(CancellationToken cancellation = default) =>
        _core.Run(
            new PendingCall<EbbTuning>(ExperimentsDecoder.Tuning)
            {
                Frame = ExperimentsDecoder.Ask(EbbExperimentsVerb.Tuning),
            },
            cancellation);

    /// <summary>
    /// Takes a policy's last tuned step back; null: it has no tuner, or none was taken. For an admin.
    /// </summary>
    public async Task<EbbTuneChange?> RevertAsync(
        string policy, string author, string reason, CancellationToken cancellation = default)
    {
        EbbTuning made = await _core.Run(
            new PendingCall<EbbTuning>(ExperimentsDecoder.Tuning)
            {
                Frame = ExperimentsDecoder.Ask(EbbExperimentsVerb.Revert, policy, author, reason),
            },
            cancellation);
        return made.Audit.Count == 0 ? null : made.Audit[0];
    }
}
