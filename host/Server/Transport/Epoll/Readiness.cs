namespace Ebb.Server.Transport.Epoll;

/// <summary>What a socket is ready for, as epoll(7) numbers it. Errors and hang-ups are told unasked.</summary>
[Flags]
internal enum Readiness : uint
{
    None = 0,
    Readable = 0x1,
    Writable = 0x4,
    Failed = 0x8,
    HungUp = 0x10,
}
