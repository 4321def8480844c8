namespace Ebb.Server.Security;

/// <summary>A connection's feature: the DNS names of the client's certificate, which was verified.</summary>
internal sealed record PeerCertificate(IReadOnlyCollection<string> Names);
