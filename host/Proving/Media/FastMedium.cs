using Ebb.Engine.Log;
using Microsoft.Win32.SafeHandles;

namespace Ebb.Proving.Media;

/// <summary>Real files without waiting for the disk: for folders that are looked at once and thrown away.</summary>
internal sealed class FastMedium : FileMedium
{
    public override void Sync(string path, SafeFileHandle file)
    {
    }

    public override void SyncDirectory(string path)
    {
    }
}
