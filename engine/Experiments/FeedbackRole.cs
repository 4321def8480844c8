namespace Ebb.Engine.Experiments;

/// <summary>What an event is to the experiments.</summary>
internal enum FeedbackRole : byte
{
    None = 0,
    Impression = 1,
    Click = 2,
    Conversion = 3,
}
