using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ebb.Server.Transport.Epoll;

/// <summary>
/// Linux's readiness set (epoll(7)), level-triggered: what is not taken is told again. Wait, Watch and Unwatch are
/// for one thread at a time; the others for any.
/// </summary>
internal sealed unsafe partial class EpollSet : IDisposable
{
    private const int AddOperation = 1;
    private const int RemoveOperation = 2;
    private const int ModifyOperation = 3;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int ErrorInterrupted = 4;
    private const ulong WakeToken = ulong.MaxValue;

    /// <summary>A timeout that never comes.</summary>
    public const int Forever = -1;

    // struct epoll_event { u32 events; u64 data }: packed on x64 alone.
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EventBytes = DataOffset + sizeof(ulong);

    private readonly SafeFileHandle _set;
    private readonly SafeFileHandle _wake;
    private readonly byte[] _events;

    // Of the thread that waits.
    private readonly List<EpollSet> _watched = [];

    public EpollSet(int eventCountMax)
    {
        _events = new byte[eventCountMax * EventBytes];
        _set = Opened(Create(CloseOnExec), "epoll_create1");
        _wake = Opened(CreateEvent(0, CloseOnExec | NonBlocking), "eventfd");
        Change(AddOperation, _wake, Readiness.Readable, WakeToken);
    }

    /// <summary>Puts the socket into the set, changes what it waits for, or takes it out (none).</summary>
    public void Change(SafeSocketHandle socket, Readiness before, Readiness after, ulong token)
    {
        int operation = before == Readiness.None ? AddOperation
            : after == Readiness.None ? RemoveOperation : ModifyOperation;
        Change(operation, socket, after, token);
    }

    /// <summary>Watches another set within this one: ready when something is ready there.</summary>
    public void Watch(EpollSet other, ulong token)
    {
        if (!_watched.Contains(other))
        {
            Change(AddOperation, other._set, Readiness.Readable, token);
            _watched.Add(other);
        }
    }

    public void Unwatch(EpollSet other)
    {
        if (_watched.Remove(other))
        {
            Change(RemoveOperation, other._set, Readiness.None, 0);
        }
    }

    /// <summary>
    /// Sleeps until something is ready, or that many milliseconds; fills what, and says how many. A wake-up alone is
    /// none.
    /// </summary>
    public int Wait(Span<(ulong Token, Readiness Ready)> ready, int timeoutMs)
    {
        fixed (byte* events = _events)
        {
            int countMax = Math.Min(ready.Length, _events.Length / EventBytes);

            // SAFETY: the buffer has room for that many events, and the set is open while its loop runs.
            int count = Wait((int)_set.DangerousGetHandle(), events, countMax, timeoutMs);
            if (count < 0)
            {
                int error = Marshal.GetLastPInvokeError();
                return error == ErrorInterrupted ? 0 : throw new Win32Exception(error);
            }

            int told = 0;
            for (int index = 0; index < count; index++)
            {
                byte* entry = events + (index * EventBytes);
                ulong token = *(ulong*)(entry + DataOffset);
                if (token == WakeToken)
                {
                    TakeWake();
                }
                else
                {
                    ready[told++] = (token, (Readiness)(*(uint*)entry));
                }
            }

            return told;
        }
    }

    /// <summary>Makes one Wait return, the present or the next.</summary>
    public void Wake()
    {
        ulong one = 1;
        try
        {
            // SAFETY: eight bytes of this frame. That the counter is full already wakes as well.
            Write(_wake, &one, sizeof(ulong));
        }
        catch (ObjectDisposedException)
        {
            // Its loop has seen the end by itself.
        }
    }

    private void TakeWake()
    {
        ulong count;

        // SAFETY: eight bytes of this frame. Nothing to read: somebody was faster.
        Read(_wake, &count, sizeof(ulong));
    }

    public void Dispose()
    {
        _set.Dispose();
        _wake.Dispose();
    }

    private void Change(int operation, SafeHandle file, Readiness wanted, ulong token)
    {
        byte* asked = stackalloc byte[16];
        *(uint*)asked = (uint)wanted;
        *(ulong*)(asked + DataOffset) = token;

        // SAFETY: the kernel copies the event before it returns; both handles are held by the marshaller meanwhile.
        if (Control(_set, operation, file, asked) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    private static SafeFileHandle Opened(int handle, string call) => handle >= 0
        ? new SafeFileHandle(handle, ownsHandle: true)
        : throw new IOException($"{call} failed: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int CreateEvent(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(SafeHandle set, int operation, SafeHandle file, byte* wanted);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int Wait(int set, byte* events, int countMax, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeHandle file, void* bytes, nint count);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeHandle file, void* bytes, nint count);
}
