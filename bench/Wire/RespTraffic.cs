using System.Net.Sockets;
using System.Text;

namespace Ebb.Bench.Wire;

/// <summary>SET of a value over evenly drawn keys, for Redis and what speaks like it.</summary>
internal sealed class RespTraffic : IPeerTraffic
{
    private const string KeyPrefix = "key:";
    private const int KeyDigits = 12;

    private readonly byte[] _request;
    private readonly int _digitsOffset;
    private Keys _keys;

    public RespTraffic(WireOptions options)
    {
        string head = $"*3\r\n$3\r\nSET\r\n${KeyPrefix.Length + KeyDigits}\r\n{KeyPrefix}";
        _digitsOffset = head.Length;
        string value = new('x', options.ValueBytes);
        _request = Encoding.ASCII.GetBytes(
            $"{head}{new string('0', KeyDigits)}\r\n${options.ValueBytes}\r\n{value}\r\n");
        _keys = new Keys(options);
    }

    public int RequestBytesMax => _request.Length;

    public void Greet(Socket socket)
    {
    }

    public int WriteRequest(Span<byte> target)
    {
        _request.CopyTo(target);
        Dice.WriteDigits(target.Slice(_digitsOffset, KeyDigits), _keys.Next());
        return _request.Length;
    }

    public int TakeReply(ReadOnlySpan<byte> received, out bool isOk)
    {
        int end = received.IndexOf((byte)'\n');
        isOk = end > 0 && received[0] == (byte)'+';
        return end + 1;
    }
}
