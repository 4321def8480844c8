using System.Text;
using Ebb.Engine.Batching;
using Ebb.Engine.Interest;
using Ebb.Engine.Policy;
using Microsoft.Extensions.Logging;

namespace Ebb.Engine.Recovery;

/// <summary>
/// Changes the memory schema of a serving engine: every partition switches at one moment, between two batches, with one
/// log entry each; users follow when they are touched and in the background. One change at a time. Any thread.
/// </summary>
internal sealed class SchemaChanger(EngineCore core, BaseExporter? exporter, ILogger logger)
{
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private Task _rebuilding = Task.CompletedTask;

    /// <summary>Done when no user is of the schema before any more.</summary>
    public Task SettleAsync() => _rebuilding;

    /// <summary>Goes on with what a recovery left.</summary>
    public void Resume()
    {
        if (core.PendingRebuildCount > 0)
        {
            _rebuilding = Task.Run(RebuildAsync);
        }
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _rebuilding.ConfigureAwait(false);
    }

    /// <exception cref="ArgumentException">It cannot be; the running schema and policies stay.</exception>
    /// <exception cref="InvalidOperationException">The change before it is not through.</exception>
    public async Task ChangeAsync(MemorySchema schema, PolicySet? policies)
    {
        await _oneAtATime.WaitAsync().ConfigureAwait(false);
        try
        {
            SchemaInForce next = Check(schema with { Space = core.Schema.Schema.Space });
            PolicySet set = policies is null ? core.Policies.Set : core.Tuners.Compose(policies);
            if (next.Json == core.Schema.Json)
            {
                if (policies is not null)
                {
                    core.SetPolicies(policies);
                }

                return;
            }

            PolicySplit split = core.Fit(set, next);
            await SwitchDurablyAsync(next, split, () => Task.CompletedTask).ConfigureAwait(false);
            if (policies is not null)
            {
                core.Tuners.SetDocument(policies, static _ => { });
            }
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>A change is being put in force.</summary>
    public bool IsChanging => _oneAtATime.CurrentCount == 0;

    /// <summary>
    /// The same schema over another vector space; the items get its vectors while no partition runs, so that no answer
    /// sees some of both.
    /// </summary>
    /// <exception cref="InvalidOperationException">The change before it is not through.</exception>
    public async Task ChangeSpaceAsync(Func<Task> changeItems)
    {
        await _oneAtATime.WaitAsync().ConfigureAwait(false);
        try
        {
            RequireSettled();
            MemorySchema now = core.Schema.Schema;
            var next = new SchemaInForce(now with { Space = now.Space + 1 }, core.Options.Dimension);
            PolicySplit policies = core.Fit(core.Policies.Set, next);
            await SwitchDurablyAsync(next, policies, async () =>
            {
                await changeItems().ConfigureAwait(false);
                core.ItemsChangedSpace(policies);
            }).ConfigureAwait(false);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>The memory schema from here on. While nothing of the partition runs.</summary>
    public static void Log(PartitionBatch batch, SchemaInForce schema)
    {
        var entries = new FoldEntryBuffer();
        entries.AddSchema(Encoding.UTF8.GetBytes(schema.Json));
        batch.RunEntries(entries, default(NoVectors));
    }

    private SchemaInForce Check(MemorySchema schema)
    {
        try
        {
            MemorySchemaRules.Check(schema, core.Options.Dimension);
        }
        catch (EngineStartException problem)
        {
            throw new ArgumentException(problem.Message, nameof(schema), problem);
        }

        var next = new SchemaInForce(schema, core.Options.Dimension);
        if (next.Json == core.Schema.Json)
        {
            return next;
        }

        if (schema.Number <= core.Schema.Schema.Number)
        {
            throw new ArgumentException(
                $"the memory schema differs from number {core.Schema.Schema.Number}, which is in force, and has number"
                + $" {schema.Number}: give it a higher one", nameof(schema));
        }

        if (next.Shape.RecordBytes > RecordRefold.RecordBytesMax)
        {
            throw new ArgumentException(
                $"records of {next.Shape.RecordBytes} bytes are more than the {RecordRefold.RecordBytesMax} that a log"
                + " entry can bring over: fewer half-lives, or load the events into a new folder", nameof(schema));
        }

        RequireSettled();
        return next;
    }

    private void RequireSettled()
    {
        if (!_rebuilding.IsCompleted || core.PendingRebuildCount > 0)
        {
            throw new InvalidOperationException(
                $"{core.PendingRebuildCount} users are still being rebuilt for schema {core.Schema.Schema.Number}:"
                + " change it again when they are through");
        }
    }

    private async Task SwitchDurablyAsync(SchemaInForce next, PolicySplit policies, Func<Task> meanwhile)
    {
        Task change = exporter is null
            ? SwitchAsync(next, policies, meanwhile)
            : exporter.ChangeSchemaAsync(next.Json, () => SwitchAsync(next, policies, meanwhile));
        await change.ConfigureAwait(false);
        _rebuilding = Task.Run(RebuildAsync);
    }

    private async Task SwitchAsync(SchemaInForce next, PolicySplit policies, Func<Task> meanwhile)
    {
        using (await PartitionPause.HoldAsync(core.Partitions).ConfigureAwait(false))
        {
            await meanwhile().ConfigureAwait(false);
            foreach (Partition partition in core.Partitions)
            {
                Log(partition.Batch, next);
                core.Switch(partition.Batch.Parts, next);
                partition.Batch.Parts.Policies = policies;
            }

            core.SchemaChanged(next, policies);
        }

        foreach (Partition partition in core.Partitions)
        {
            await core.Log.CommitAsync(partition.Id).ConfigureAwait(false);
        }

        core.Sources.Apply(Sources.LearningPlan.Of(policies.Set));
    }

    private async Task RebuildAsync()
    {
        try
        {
            foreach (Partition partition in core.Partitions)
            {
                await new PartitionRebuilder(core, partition, _stop.Token).RunAsync().ConfigureAwait(false);
            }

            EngineLog.Rebuilt(logger, core.Schema.Schema.Number);
        }
        catch (OperationCanceledException)
        {
            // Stopping: the log knows who is left.
            return;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            EngineLog.RebuildFailed(logger, failure.Message, failure);
            return;
        }

        if (exporter is not null)
        {
            await exporter.ExportLastAsync().ConfigureAwait(false);
        }
    }
}
