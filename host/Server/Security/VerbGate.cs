using Ebb.Protocol;
using Ebb.Protocol.Messages;
using Ebb.Server.Transport;

namespace Ebb.Server.Security;

/// <summary>Which verb needs which role, and whose users a frame may mean. Stateless.</summary>
internal static class VerbGate
{
    /// <summary>A verb that is not named here needs an admin: a new one is closed until somebody opens it.</summary>
    public static EbbRole RoleFor(Opcode opcode) => opcode switch
    {
        Opcode.Hello or Opcode.Ping or Opcode.Auth => EbbRole.None,
        Opcode.Recommend or Opcode.Rank or Opcode.Profile or Opcode.Drift or Opcode.Why or Opcode.Subscribe
            or Opcode.Portrait or Opcode.Similar or Opcode.Flows or Opcode.Trends or Opcode.Experiments
                => EbbRole.Reader,
        Opcode.Observe or Opcode.Act or Opcode.Unsend or Opcode.Forget or Opcode.Merge => EbbRole.Writer,
        _ => EbbRole.Admin,
    };

    /// <summary>For a frame that names no tenant: its users are those of the connection's.</summary>
    public static bool IsOpen(EbbConnection connection, ServerCore core, Opcode opcode) =>
        core.Options.Access is null || connection.Identity?.Role >= RoleFor(opcode);

    /// <summary>What counts the users of all tenants together is not for one of them.</summary>
    public static bool IsOfAllTenants(Opcode opcode) =>
        opcode is Opcode.Flows or Opcode.Trends or Opcode.Experiments;

    /// <returns>Ok, AuthRequired or NotAllowed.</returns>
    public static StatusCode Check(AccessEntry? identity, in FrameContext frame)
    {
        bool isRevert = frame.Header.Opcode == Opcode.Experiments && ExperimentsRequest.IsChange(frame.Body);
        EbbRole needed = isRevert ? EbbRole.Admin : RoleFor(frame.Header.Opcode);
        if (needed == EbbRole.None)
        {
            return StatusCode.Ok;
        }

        if (identity is null)
        {
            return StatusCode.AuthRequired;
        }

        bool isOwnTenant = identity.Tenant is null
            || (frame.Tenant.SequenceEqual(identity.Tenant) && !IsOfAll(frame));
        return identity.Role >= needed && isOwnTenant ? StatusCode.Ok : StatusCode.NotAllowed;
    }

    private static bool IsOfAll(in FrameContext frame) =>
        IsOfAllTenants(frame.Header.Opcode)
        && !(frame.Header.Opcode == Opcode.Experiments && ExperimentsRequest.IsOfUser(frame.Body));
}
