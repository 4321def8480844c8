using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using Ebb.Engine.Log;

namespace Ebb.Engine.Tests.Log;

/// <summary>
/// The test assembly run as a process that appends until it is killed. It starts here, before the test framework,
/// when the variable names a folder. Everything runs on this thread: others wait for a module initialiser.
/// </summary>
internal static class LogCrashChild
{
    public const string FolderVariable = "EBB_LOG_CRASH_FOLDER";

    // The parent kills long before; a forgotten child must still end.
    private const ulong AppendsMax = 200_000;

    [ModuleInitializer]
    internal static void RunIfAsked()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder)
        {
            Run(folder);
            Environment.Exit(0);
        }
    }

    /// <summary>The bytes that an entry of this sequence has, whoever writes or checks it.</summary>
    public static int Fill(ulong sequence, Span<byte> payload)
    {
        int bytes = 8 + (int)(sequence * 2654435761 % 900);
        payload[..bytes].Fill((byte)(sequence * 31));
        BinaryPrimitives.WriteUInt64LittleEndian(payload, sequence);
        return bytes;
    }

    private static void Run(string folder)
    {
        FasterEventLog log = new(folder, 1, new EventLogOptions { BufferBytes = 1 }, null);
        PartitionTail tail = log.Acquire(0);
        Stream output = Console.OpenStandardOutput();
        byte[] payload = new byte[1024];
        ulong sequence = tail.Tail;
        for (ulong count = 0; count < AppendsMax; count++)
        {
            int bytes = Fill(sequence + 1, payload);
            sequence = log.Append(0, tail.Epoch, sequence, payload.AsSpan(0, bytes), [bytes]).Tail;
            if (sequence % 37 == 0)
            {
                ulong durable = log.CommitAsync(0).AsTask().GetAwaiter().GetResult();
                output.Write(System.Text.Encoding.ASCII.GetBytes(
                    durable.ToString(CultureInfo.InvariantCulture) + "\n"));
            }

            if (sequence % 5000 == 0)
            {
                log.TrimBelow(0, log.DurableSequence(0) - 1000);
            }
        }
    }
}
