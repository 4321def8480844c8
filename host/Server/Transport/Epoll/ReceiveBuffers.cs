using System.Collections.Concurrent;

namespace Ebb.Server.Transport.Epoll;

/// <summary>Buffers that loops receive into, and that readers give back which had kept one. Any thread.</summary>
internal sealed class ReceiveBuffers
{
    private const int ReceiveBytes = 64 << 10;
    private const int SpareCountMax = 64;

    private readonly ConcurrentQueue<byte[]> _spare = new();

    public byte[] Take() => _spare.TryDequeue(out byte[]? spare)
        ? spare
        : GC.AllocateUninitializedArray<byte>(ReceiveBytes, pinned: true);

    public void GiveBack(byte[] buffer)
    {
        if (_spare.Count < SpareCountMax)
        {
            _spare.Enqueue(buffer);
        }
    }
}
