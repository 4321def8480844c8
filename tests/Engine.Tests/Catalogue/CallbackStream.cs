namespace Ebb.Engine.Tests.Catalogue;

/// <summary>A file that lets something happen before each write.</summary>
internal sealed class CallbackStream(string path, Action beforeWrite)
    : FileStream(path, FileMode.Create, FileAccess.Write)
{
    public int WriteCount { get; private set; }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        beforeWrite();
        WriteCount++;
        base.Write(buffer);
    }
}
