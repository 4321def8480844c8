using Ebb.Protocol;
using Ebb.Protocol.Messages;
using Ebb.Server.Transport;

namespace Ebb.Server.Security;

/// <summary>AUTH, and the certificate that takes its place. Called by one connection's read loop alone.</summary>
internal static class AuthVerb
{
    /// <summary>After HELLO: a certificate that an entry names needs no token.</summary>
    public static void LetInByCertificate(EbbConnection connection, ServerCore core, ref byte[] tenant)
    {
        if (core.Options.Access?.OfCertificate(connection.CertificateNames) is { } entry
            && TryTakeTenant(entry, ref tenant))
        {
            LetIn(connection, core, entry);
        }
    }

    /// <summary>A token that is nobody's ends the connection: a guess costs one, and is logged.</summary>
    public static ConnectionCloseReason Answer(
        EbbConnection connection, ServerCore core, in FrameContext frame, in ReplyHead reply, ref byte[] tenant)
    {
        var status = AuthRequest.TryRead(frame.Body, out var request);
        if (status != StatusCode.Ok)
        {
            connection.Refuse(reply with { Status = status }, "the body of AUTH does not follow PROTOCOL.md");
            return connection.IsTrusted ? ConnectionCloseReason.None : ConnectionCloseReason.AuthFailed;
        }

        if (core.Options.Access is not { } access)
        {
            // Nobody is asked, so everybody may all.
            Accept(connection, reply, EbbRole.Admin);
            return ConnectionCloseReason.None;
        }

        if (access.OfToken(request.Token) is not { } entry)
        {
            SecurityLog.TokenRefused(core.Logger, connection.Id, connection.Remote);
            connection.Refuse(reply with { Status = StatusCode.AuthRequired }, "no such token");
            return ConnectionCloseReason.AuthFailed;
        }

        if (connection.Identity is not null || !TryTakeTenant(entry, ref tenant))
        {
            connection.Refuse(
                reply with { Status = StatusCode.NotAllowed },
                "AUTH is said once, and the tenant of HELLO must be the token's");
            return ConnectionCloseReason.AuthFailed;
        }

        LetIn(connection, core, entry);
        Accept(connection, reply, entry.Role);
        return ConnectionCloseReason.None;
    }

    // A token of one tenant makes it the connection's; HELLO may have said the same.
    private static bool TryTakeTenant(AccessEntry entry, ref byte[] tenant)
    {
        if (entry.Tenant is not { } own)
        {
            return true;
        }

        if (tenant.Length > 0 && !tenant.AsSpan().SequenceEqual(own))
        {
            return false;
        }

        tenant = own;
        return true;
    }

    private static void LetIn(EbbConnection connection, ServerCore core, AccessEntry entry)
    {
        connection.LetIn(entry);
        SecurityLog.LetIn(core.Logger, connection.Id, entry.Name, entry.Role);
        if (core.Options.Access?.Holds(entry) is false)
        {
            // The file was read again in between: whoever looked through the connections did not see this one.
            connection.RequestClose(ConnectionCloseReason.AccessWithdrawn);
        }
    }

    private static void Accept(EbbConnection connection, in ReplyHead reply, EbbRole role)
    {
        var frame = connection.BeginReply(connection.Output.Enter(), reply);
        new AuthReply(role).Write(frame.Body());
        connection.EndReply(frame, reply);
    }
}
