namespace Ebb.Server.Loading;

/// <summary>The files that a catalogue is made of; attributes may be missing.</summary>
public sealed record CatalogueFiles(string VectorsPath, string IdsPath, string? AttributesPath);
