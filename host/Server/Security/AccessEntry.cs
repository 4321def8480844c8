using Ebb.Protocol;

namespace Ebb.Server.Security;

/// <summary>One line of the access file: who is let in, as what. Immutable; holds no secret, only its hash.</summary>
/// <param name="Name">For logs.</param>
/// <param name="Role">What may be asked.</param>
/// <param name="TokenHash">SHA-256 of the token; empty where a certificate's name lets in.</param>
/// <param name="CertificateName">A DNS name among the subject alternative names; empty where a token does.</param>
/// <param name="Tenant">The only tenant whose users are seen; null: all.</param>
internal sealed record AccessEntry(
    string Name, EbbRole Role, byte[] TokenHash, string CertificateName, byte[]? Tenant);
