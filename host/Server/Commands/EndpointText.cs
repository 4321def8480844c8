using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Ebb.Server.Commands;

/// <summary>
/// Addresses as people write them: "127.0.0.1:7878", "[::1]:7878", "host:7878", ":7878", "7878", "host".
/// </summary>
public static class EndpointText
{
    /// <summary>An IPEndPoint where the host is an IP address or missing (then loopback), else a DnsEndPoint.</summary>
    public static bool TryParse(string? text, int defaultPort, [NotNullWhen(true)] out EndPoint? endpoint)
    {
        endpoint = null;
        string trimmed = (text ?? "").Trim();
        if (trimmed.Length == 0)
        {
            return false;
        }

        (string host, string port) = Split(trimmed);
        int portNumber = defaultPort;
        if (port.Length > 0 && !TryParsePort(port, out portNumber))
        {
            return false;
        }

        if (host.Length == 0 || host == "localhost")
        {
            endpoint = new IPEndPoint(IPAddress.Loopback, portNumber);
        }
        else if (IPAddress.TryParse(host, out IPAddress? address))
        {
            endpoint = new IPEndPoint(address, portNumber);
        }
        else if (Uri.CheckHostName(host) == UriHostNameType.Dns)
        {
            endpoint = new DnsEndPoint(host, portNumber);
        }

        return endpoint is not null;
    }

    /// <summary>The address to bind: a name's first IPv4 address, or its first of any kind.</summary>
    /// <exception cref="CliException">The name does not resolve.</exception>
    public static async Task<IPEndPoint> ResolveAsync(EndPoint endpoint, CancellationToken cancellation)
    {
        if (endpoint is not DnsEndPoint named)
        {
            return (IPEndPoint)endpoint;
        }

        try
        {
            IPAddress[] found = await Dns.GetHostAddressesAsync(named.Host, cancellation);
            IPAddress address = found.FirstOrDefault(ip => ip.AddressFamily == AddressFamily.InterNetwork) ?? found[0];
            return new IPEndPoint(address, named.Port);
        }
        catch (SocketException exception)
        {
            throw new CliException($"'{named.Host}' does not resolve", "give an IP address of this machine", exception);
        }
    }

    public static string Format(EndPoint endpoint) =>
        endpoint is DnsEndPoint named ? $"{named.Host}:{named.Port}" : endpoint.ToString() ?? "";

    private static (string Host, string Port) Split(string text)
    {
        if (text.All(char.IsAsciiDigit))
        {
            return ("", text);
        }

        if (text.StartsWith('[') && text.IndexOf(']') is int close and > 0)
        {
            return (text[1..close], text[(close + 1)..].TrimStart(':'));
        }

        int colon = text.LastIndexOf(':');
        bool bareIpv6 = colon >= 0 && text.IndexOf(':') != colon;
        return colon < 0 || bareIpv6 ? (text, "") : (text[..colon], text[(colon + 1)..]);
    }

    private static bool TryParsePort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= ushort.MaxValue;
}
