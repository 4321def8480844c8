namespace Ebb.Protocol.Messages;

/// <summary>What the change tree of a PORTRAIT reply foretells; the conditions of its rule follow.</summary>
public readonly record struct PortraitForecastEntry(
    double Probability, double BaseRate, long WindowMs, uint TrainedCount)
{
    public static PortraitForecastEntry Read(scoped ref WireReader reader)
    {
        double probability = reader.ReadDouble();
        double baseRate = reader.ReadDouble();
        long windowMs = reader.ReadInt64();
        return new PortraitForecastEntry(probability, baseRate, windowMs, reader.ReadUInt32());
    }

    public void Write(FrameBuffer body)
    {
        body.WriteDouble(Probability);
        body.WriteDouble(BaseRate);
        body.WriteInt64(WindowMs);
        body.WriteUInt32(TrainedCount);
    }
}
