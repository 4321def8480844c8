using System.Text.Json;
using Ebb.Engine.Batching;
using Ebb.Engine.Interest;
using Ebb.Engine.Policy;
using Ebb.Engine.Store.Base;
using Ebb.Kernels.Decay;

namespace Ebb.Engine.Recovery;

/// <summary>
/// Fills in what the caller left to the folder or to a default, and refuses what cannot be, in one line.
/// </summary>
internal static class OptionsResolver
{
    public static EngineOptions Resolve(EngineOptions options, BaseManifest? manifest)
    {
        int dimension = Agree("dimension", options.Dimension, manifest?.Dimension, options.Folder);
        int partitionCount = Agree("partitions", options.PartitionCount, manifest?.PartitionCount, options.Folder);
        if (dimension is < 1 or > BankShape.DimensionMax)
        {
            throw new EngineStartException($"dimension {dimension} is not between 1 and {BankShape.DimensionMax}");
        }

        if (partitionCount is < 0 or > RequestRouter.PartitionCountMax)
        {
            throw new EngineStartException(
                $"{partitionCount} partitions are not between 1 and {RequestRouter.PartitionCountMax}");
        }

        MemorySchema schema = ResolveSchema(options, manifest);
        MemorySchemaRules.Check(schema, dimension);
        CheckPolicy(options, schema, dimension);
        return options with
        {
            Dimension = dimension,
            PartitionCount = partitionCount == 0
                ? Math.Min(Environment.ProcessorCount, RequestRouter.PartitionCountMax)
                : partitionCount,
            Schema = schema,
        };
    }

    /// <summary>What the folder's bases are of.</summary>
    public static MemorySchema SchemaOfBases(EngineOptions options, BaseManifest? manifest) =>
        manifest is null ? options.Schema! : Read(manifest.SchemaJson, options.Folder);

    /// <summary>Before anything is opened: a policy that does not fit the schema refuses to start.</summary>
    private static void CheckPolicy(EngineOptions options, MemorySchema schema, int dimension)
    {
        try
        {
            _ = new PolicySplit(options.Policies ?? PolicySet.Of(options.Policy), schema.ShapeFor(dimension));
        }
        catch (ArgumentException failure)
        {
            throw new EngineStartException("the policy cannot be: " + failure.Message, failure);
        }
    }

    private static int Agree(string what, int asked, int? held, string? folder)
    {
        if (held is not { } there || asked == 0 || asked == there)
        {
            return held ?? asked;
        }

        throw new EngineStartException(
            $"the engine folder {folder} was made with {what} {there}, not {asked}:"
            + " leave the option out, or use a new folder");
    }

    /// <summary>
    /// The schema to serve under: the folder's, or what it is being changed to, or a newer one that is given, to which
    /// it is then changed.
    /// </summary>
    private static MemorySchema ResolveSchema(EngineOptions options, BaseManifest? manifest)
    {
        if (manifest is null)
        {
            return options.Schema ?? new MemorySchema();
        }

        MemorySchema held = Read(manifest.NextSchemaJson ?? manifest.SchemaJson, options.Folder);
        MemorySchema given = (options.Schema ?? held) with { Space = held.Space };
        if (MemorySchemaJson.Write(given) == MemorySchemaJson.Write(held))
        {
            return held;
        }

        if (given.Number > held.Number && manifest.NextSchemaJson is null)
        {
            return given;
        }

        throw new EngineStartException(
            $"the engine folder {options.Folder} holds memory schema {MemorySchemaJson.Write(held)}, not the one given:"
            + " leave the schema out, give it a higher number to change to it"
            + (manifest.NextSchemaJson is null ? "" : " once the change that is under way is through")
            + ", or load the events into a new folder");
    }

    private static MemorySchema Read(string json, string? folder)
    {
        try
        {
            return MemorySchemaJson.Read(json);
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new EngineStartException(
                $"the memory schema in the manifest of {folder} cannot be read: it was written by a newer ebb",
                failure);
        }
    }
}
