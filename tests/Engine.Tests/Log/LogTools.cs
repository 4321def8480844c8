using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Ebb.Engine.Log;
using Xunit;

namespace Ebb.Engine.Tests.Log;

/// <summary>Short hands for the log's tests.</summary>
internal static class LogTools
{
    public static AppendResult Append(
        IEventLog log, ushort partition, uint epoch, ulong expected, params string[] payloads)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(string.Concat(payloads));
        int[] lengths = Array.ConvertAll(payloads, text => text.Length);
        return log.Append(partition, epoch, expected, bytes, lengths);
    }

    /// <summary>Everything from a sequence on, as "epoch:sequence=payload".</summary>
    public static List<string> ReadAll(IEventLog log, ushort partition, ulong sequence)
    {
        List<string> entries = [];
        using IEventLogReader reader = log.ReadFrom(partition, sequence);
        while (reader.MoveNext())
        {
            LogPosition position = reader.Position;
            string payload = Encoding.ASCII.GetString(reader.Payload);
            entries.Add(string.Create(
                CultureInfo.InvariantCulture, $"{position.Epoch}:{position.Sequence}={payload}"));
        }

        return entries;
    }

    public static void AssertOneLine(EventLogException fault, params string[] parts)
    {
        Assert.DoesNotContain('\n', fault.Message);
        foreach (string part in parts)
        {
            Assert.Contains(part, fault.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Payloads whose length and bytes follow from the seed and their sequence.</summary>
    internal sealed class Filler(int seed)
    {
        private readonly byte[] _scratch = new byte[LogFrame.PayloadBytesMax];

        public ulong AppendUntil(IEventLog log, ushort partition, PartitionTail tail, long totalBytes)
        {
            ulong sequence = tail.Tail;
            for (long total = 0; total < totalBytes;)
            {
                int bytes = Fill(sequence + 1);
                AppendResult result =
                    log.Append(partition, tail.Epoch, sequence, _scratch.AsSpan(0, bytes), [bytes]);
                Assert.Equal(AppendOutcome.Appended, result.Outcome);
                sequence = result.Tail;
                total += bytes;
            }

            return sequence;
        }

        /// <summary>Reads to the end, comparing every payload; returns the sequence after the last.</summary>
        public ulong VerifyFrom(IEventLog log, ushort partition, ulong sequence)
        {
            using IEventLogReader reader = log.ReadFrom(partition, sequence);
            while (reader.MoveNext())
            {
                Assert.Equal(sequence, reader.Position.Sequence);
                int bytes = Fill(sequence);
                Assert.True(reader.Payload.SequenceEqual(_scratch.AsSpan(0, bytes)));
                sequence++;
            }

            return sequence;
        }

        // Mostly small, now and then up to the bound.
        private int Fill(ulong sequence)
        {
            Random random = new(seed ^ ((int)sequence * 7919));
            int bytes = 8 + random.Next(random.Next(20) == 0 ? LogFrame.PayloadBytesMax - 8 : 300);
            Array.Fill(_scratch, (byte)random.Next(256), 0, bytes);
            BinaryPrimitives.WriteUInt64LittleEndian(_scratch, sequence);
            return bytes;
        }
    }
}
