using System.Buffers.Binary;
using Ebb.Engine.Store;
using Ebb.Kernels.Decay;

namespace Ebb.Engine.Tests.Store;

/// <summary>Shapes, keys and records that the store's tests share.</summary>
internal static class StoreSamples
{
    internal const int Seed = 42;

    /// <summary>M = 2, D = 16, L = 8, 16 ids: 528 bytes.</summary>
    internal static RecordShape Shape { get; } = ShapeOf(16, 2, 8);

    internal static RecordShape ShapeOf(int dimension, int halfLifeCount, int recentCapacity)
    {
        double[] halfLives = new double[halfLifeCount];
        for (int index = 0; index < halfLifeCount; index++)
        {
            halfLives[index] = 60_000d * (index + 1);
        }

        return new RecordShape(new BankShape(dimension, halfLives), recentCapacity, 16);
    }

    /// <summary>Keys of 4 to 128 bytes, all different.</summary>
    internal static byte[] Key(int user)
    {
        byte[] key = new byte[4 + (user % 125)];
        key.AsSpan().Fill((byte)(user * 31));
        BinaryPrimitives.WriteInt32BigEndian(key, user);
        return key;
    }

    /// <summary>A sealed record whose every float follows from user and version.</summary>
    internal static byte[] Record(RecordShape shape, int user, ulong version)
    {
        byte[] bytes = new byte[shape.RecordBytes];
        Fill(bytes, shape, user, version);
        return bytes;
    }

    internal static void Fill(Span<byte> bytes, RecordShape shape, int user, ulong version)
    {
        UserRecord.Initialise(bytes, shape, 1, 1);
        var record = new UserRecord(bytes, shape)
        {
            Sequence = version,
            Epoch = 3,
            EventCount = version,
            LastEventMs = user,
        };
        Span<float> bank = record.Bank;
        for (int index = 0; index < bank.Length; index++)
        {
            bank[index] = user + (index * 0.5f) + version;
        }

        record.PushEventId((ulong)user + version);
        record.Seal();
    }

    internal static (bool Found, byte[] Record) Read(InterestStore store, byte[] key)
    {
        byte[] record = new byte[store.Shape.RecordBytes];
        bool[] found = new bool[1];
        store.ReadMany([key], [record], found);
        return (found[0], record);
    }
}
