using System.Text;
using Ebb.Engine.Interest;
using Ebb.Engine.Policy;
using Ebb.Protocol;
using Ebb.Protocol.Messages;

namespace Ebb.Server.Transport;

/// <summary>
/// SCHEMA: tells the memory schema in force, or changes it while serving, by the same document and the same checks as
/// <c>ebb serve --memory-schema</c>. What cannot be is refused with the place and the remedy; what runs stays.
/// </summary>
internal static class SchemaVerb
{
    /// <summary>What there is to do; null: refused, and the reply is on its way.</summary>
    public static Func<Task>? TryRead(
        EbbConnection connection, ServerCore core, in FrameContext frame, ReplyHead reply)
    {
        var status = SchemaRequest.TryRead(frame.Body, out var request);
        if (status != StatusCode.Ok)
        {
            connection.Refuse(
                reply with { Status = status },
                $"action 0, or action 1 and a document of 1 to {SchemaRequest.DocumentBytesMax} bytes");
            return null;
        }

        string? document = request.Changes ? Encoding.UTF8.GetString(request.Document) : null;
        return () => AnswerAsync(connection, core, reply, document);
    }

    private static async Task AnswerAsync(
        EbbConnection connection, ServerCore core, ReplyHead reply, string? document)
    {
        try
        {
            if (document is not null)
            {
                await core.Engine.ChangeSchemaAsync(MemorySchemaDocument.Read(document));
            }
        }
        catch (Exception problem) when (problem is DocumentException or ArgumentException)
        {
            connection.Refuse(reply with { Status = StatusCode.Malformed }, problem.Message.ReplaceLineEndings(" "));
            return;
        }
        catch (InvalidOperationException problem)
        {
            // The change before it: come again.
            connection.Refuse(reply with { Status = StatusCode.Overloaded }, problem.Message);
            return;
        }

        MemorySchema schema = core.Engine.Schema;
        var frame = connection.BeginReply(connection.Output.Enter(), reply);
        new SchemaReply
        {
            Number = schema.Number,
            PendingUserCount = (ulong)core.Engine.PendingRebuildCount,
            Document = Encoding.UTF8.GetBytes(MemorySchemaText.Write(schema)),
        }.Write(frame.Body());
        connection.EndReply(frame, reply);
    }
}
