using Ebb.Kernels.Decay;

namespace Ebb.Engine.Store;

/// <summary>
/// Where everything lies in a user record of one memory schema (table above <see cref="UserRecord"/>). Immutable.
/// Offsets and sizes are in bytes and multiples of 8, so a bank of floats is aligned wherever its record is.
/// </summary>
public sealed class RecordShape
{
    public const int HeaderBytes = 64;
    public const int EventIdBytes = 8;
    public const int RecentBytes = 24;
    public const int RecentCapacityMax = 128;
    public const int EventIdCapacityMax = byte.MaxValue;

    /// <summary>Keeps 1 to 128 recent events (L) and 0 to 255 event ids.</summary>
    public RecordShape(BankShape bank, int recentCapacity, int eventIdCapacity)
    {
        ArgumentNullException.ThrowIfNull(bank);
        if (recentCapacity is < 1 or > RecentCapacityMax)
        {
            throw new ArgumentOutOfRangeException(
                nameof(recentCapacity), recentCapacity, $"1 to {RecentCapacityMax} recent events");
        }

        if (eventIdCapacity is < 0 or > EventIdCapacityMax)
        {
            throw new ArgumentOutOfRangeException(
                nameof(eventIdCapacity), eventIdCapacity, $"0 to {EventIdCapacityMax} event ids");
        }

        Bank = bank;
        RecentCapacity = recentCapacity;
        EventIdCapacity = eventIdCapacity;
        RecentOffset = EventIdsOffset + (eventIdCapacity * EventIdBytes);
        BankOffset = RecentOffset + (recentCapacity * RecentBytes);
        RecordBytes = (BankOffset + (bank.BankLength * sizeof(float)) + 7) & ~7;
    }

    public BankShape Bank { get; }

    public int RecentCapacity { get; }

    public int EventIdCapacity { get; }

    public int EventIdsOffset => HeaderBytes;

    public int RecentOffset { get; }

    public int BankOffset { get; }

    public int RecordBytes { get; }
}
