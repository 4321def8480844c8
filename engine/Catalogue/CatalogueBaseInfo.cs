namespace Ebb.Engine.Catalogue;

/// <summary>
/// What a written base holds: everything published up to Generation. Recovery needs the catalogue's log from
/// ReplaySequence on; entries below it may be trimmed once no older base is needed.
/// </summary>
public readonly record struct CatalogueBaseInfo(ulong Generation, ulong ReplaySequence, int RowCount, long SizeBytes);
