namespace Ebb.Kernels.TopK;

/// <summary>A row and two floats between which its score lies, unrounded or rounded to fp32.</summary>
internal readonly record struct CodedRow(int Index, float Lower, float Upper);
