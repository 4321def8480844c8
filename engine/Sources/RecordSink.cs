using Ebb.Engine.Store;

namespace Ebb.Engine.Sources;

/// <summary>Gathers the remembered events of users not newer than a sequence, oldest first, for the learner.</summary>
internal sealed class RecordSink(RecordShape shape, ulong sequenceMax) : IUserSink
{
    private readonly List<LearnedEvent> _events = [];
    private byte[] _copy = [];

    public void OnUser(ReadOnlySpan<byte> key, ReadOnlySpan<byte> record)
    {
        if (UserRecord.SequenceOf(record) > sequenceMax)
        {
            return;
        }

        // The view wants bytes it could write; the store's are not ours to hand on.
        _copy = _copy.Length == record.Length ? _copy : new byte[record.Length];
        record.CopyTo(_copy);
        var user = new UserRecord(_copy, shape);
        for (int index = user.RecentCount - 1; index >= 0; index--)
        {
            var learned = default(LearnedEvent);
            if (learned.TryRead(user, index))
            {
                _events.Add(learned);
            }
        }
    }

    public LearnedEvent[] Take()
    {
        LearnedEvent[] taken = [.. _events];
        _events.Clear();
        return taken;
    }
}
