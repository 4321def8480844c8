using System.Text;
using Ebb.Engine;
using Ebb.Engine.Recovery.Backup;
using Ebb.Engine.Store;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Server.Transport;

/// <summary>
/// BACKUP: a client names a folder and the server says where: below the one that it was started with, never elsewhere.
/// </summary>
internal static class BackupVerb
{
    /// <summary>The folder to make; null: refused, and the reply is on its way.</summary>
    public static string? TryRead(
        EbbConnection connection, ServerCore core, in FrameContext frame, in ReplyHead reply)
    {
        var status = BackupRequest.TryRead(frame.Body, out var request);
        if (status != StatusCode.Ok)
        {
            connection.Refuse(
                reply with { Status = status }, "a name of 1 to 64 letters, digits, '.', '-', '_', no path");
            return null;
        }

        if (core.Options.BackupFolder is not { } folder)
        {
            connection.Refuse(
                reply with { Status = StatusCode.NotAllowed }, "this server was started without --backup-folder");
            return null;
        }

        return Path.Combine(folder, Encoding.ASCII.GetString(request.Name));
    }

    public static async Task AnswerAsync(
        EbbConnection connection, ServerCore core, ReplyHead reply, string target)
    {
        try
        {
            if (core.Engine.BackupAsync(target) is not { } taken)
            {
                connection.Refuse(
                    reply with { Status = StatusCode.NotAllowed }, "this server keeps nothing on disk");
                return;
            }

            BackupManifest backup = await taken;
            var frame = connection.BeginReply(connection.Output.Enter(), reply);
            new BackupReply(backup.Bytes, (uint)backup.Files.Count, backup.CreatedMs).Write(frame.Body());
            connection.EndReply(frame, reply);
        }
        catch (Exception failure) when (failure is StoreException or EngineStartException
            or Ebb.Engine.Log.EventLogException)
        {
            TransportLog.CatalogueFailed(core.Logger, failure, connection.Id);
            connection.Refuse(reply with { Status = StatusCode.StorageFailed }, "no backup: the server's log says why");
        }
    }
}
