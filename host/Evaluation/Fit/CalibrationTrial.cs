using Ebb.Engine.Ranking;

namespace Ebb.Evaluation.Fit;

/// <summary>
/// A calibration and its Brier score on users whom it did not see, beside that of always the mean. Fitted on all then.
/// </summary>
public sealed record CalibrationTrial(string Form, Calibration Calibration, double Brier, double BrierOfMean);
