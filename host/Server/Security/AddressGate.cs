using System.Net;
using System.Net.Sockets;
using Ebb.Server.Transport;
using Microsoft.AspNetCore.Connections;

namespace Ebb.Server.Security;

/// <summary>
/// The first step of a connection: how many one address may have, those that still shake hands counted. An IPv6
/// address counts as its /64, which is what one peer is given. Any thread.
/// </summary>
internal sealed class AddressGate(EbbServerOptions options)
{
    private const int NetworkBytes = 8;

    private readonly Dictionary<IPAddress, int> _counts = [];
    private readonly Lock _lock = new();

    /// <summary>False: this address has as many as it may. True: <see cref="Leave"/> must follow.</summary>
    public bool TryEnter(ConnectionContext connection)
    {
        if (KeyOf(connection) is not { } address)
        {
            return true;
        }

        lock (_lock)
        {
            int count = _counts.GetValueOrDefault(address);
            if (count >= options.ConnectionsPerAddressMax)
            {
                return false;
            }

            _counts[address] = count + 1;
            return true;
        }
    }

    public void Leave(ConnectionContext connection)
    {
        if (KeyOf(connection) is not { } address)
        {
            return;
        }

        lock (_lock)
        {
            int count = _counts.GetValueOrDefault(address) - 1;
            if (count > 0)
            {
                _counts[address] = count;
            }
            else
            {
                _counts.Remove(address);
            }
        }
    }

    private IPAddress? KeyOf(ConnectionContext connection)
    {
        // What comes from this machine is a proxy or its owner.
        if (connection.RemoteEndPoint is not IPEndPoint { Address: var address }
            || (IPAddress.IsLoopback(address) && !options.CountsLoopback))
        {
            return null;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        byte[] bytes = address.GetAddressBytes();
        Array.Clear(bytes, NetworkBytes, bytes.Length - NetworkBytes);
        return new IPAddress(bytes);
    }
}
