namespace Ebb.Kernels.TopK;

/// <summary>How a query's rows are looked at.</summary>
internal enum QueryPath : byte
{
    /// <summary>All rows in fp32.</summary>
    Floats,

    /// <summary>All rows by their codes.</summary>
    Codes,

    /// <summary>A filter leaves so few rows that each is scored exactly and the others are not touched.</summary>
    Listed,
}
