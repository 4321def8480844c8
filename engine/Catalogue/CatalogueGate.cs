namespace Ebb.Engine.Catalogue;

/// <summary>
/// Many leases or one short change of what leases see. Same thread in and out; nesting throws. A change that waits
/// goes before leases that come after it, so scans cannot keep it out.
/// </summary>
internal sealed class CatalogueGate : IDisposable
{
    private readonly ReaderWriterLockSlim _lock = new(LockRecursionPolicy.NoRecursion);

    public void EnterShared() => _lock.EnterReadLock();

    public void ExitShared() => _lock.ExitReadLock();

    public void EnterExclusive() => _lock.EnterWriteLock();

    public void ExitExclusive() => _lock.ExitWriteLock();

    public void Dispose() => _lock.Dispose();
}
