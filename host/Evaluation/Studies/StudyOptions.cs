using Ebb.Evaluation.Replay;

namespace Ebb.Evaluation.Studies;

/// <summary>What a study is about. Validation: on the slice of the training part where choices are made.</summary>
public sealed record StudyOptions(EvaluationOptions Data, ServedModel Model, bool Validation);
