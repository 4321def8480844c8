using Ebb.Engine;
using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Recovery.Backup;

namespace Ebb.Server.Transport;

/// <summary>What the wire asks of an engine. Any thread may call; tests put a scripted one here.</summary>
internal interface IEngineDoor
{
    public int Dimension { get; }

    public TimeProvider Clock { get; }

    public ulong CatalogueGeneration { get; }

    public event Action? DurableAdvanced;

    /// <summary>One connection's way in. Tells request.Completion exactly once, from Add or Send on.</summary>
    public IRequestHandoff NewHandoff();

    public ulong DurableSequence(ushort partition);

    public Task<ItemChangeReply> PutItemsAsync(IReadOnlyList<ItemPut> items);

    public Task<ItemChangeReply> RemoveItemsAsync(IReadOnlyList<OpaqueId> items);

    public ICatalogueStage BeginCatalogueChange();

    /// <summary>Copies the engine's folder to a new one. Null: this engine is in memory.</summary>
    public Task<BackupManifest>? BackupAsync(string target) => null;

    /// <summary>What items hold and may hold, in bytes, for who was refused one.</summary>
    public string DescribeItemMemory();

    public IReadOnlyList<KeyValuePair<string, string>> GetStats();
}
