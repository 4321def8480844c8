namespace Ebb.Server.Transport;

/// <summary>Why a connection ended. Names go to the log and the meters.</summary>
internal enum ConnectionCloseReason
{
    None,

    /// <summary>The peer closed its side between two frames.</summary>
    PeerClosed,

    /// <summary>The peer closed its side inside a frame.</summary>
    Truncated,

    /// <summary>The connection was reset.</summary>
    PeerReset,
    ServerStopping,
    BadMagic,
    FrameTooLong,
    UnsupportedVersion,
    ReplyFromClient,
    HelloRequired,
    HelloTimeout,

    /// <summary>A token that is nobody's, or a second AUTH.</summary>
    AuthFailed,

    /// <summary>The access file was read again and has its line no longer.</summary>
    AccessWithdrawn,
    SlowReader,
    TooManyConnections,

    /// <summary>It held most of the bytes when all connections together held too many.</summary>
    BuffersFull,
    Internal,
}
