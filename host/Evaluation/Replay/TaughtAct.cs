namespace Ebb.Evaluation.Replay;

/// <summary>An act that only teaches, by a user of its own and of a catalogue index.</summary>
internal readonly record struct TaughtAct(string User, int Item, long TimeMs);
