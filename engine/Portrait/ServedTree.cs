namespace Ebb.Engine.Portrait;

/// <summary>The change tree that portraits are read with. Swapped whole by any thread.</summary>
internal sealed class ServedTree
{
    private ChangeTree? _current;

    /// <summary>Null: none is served.</summary>
    public ChangeTree? Current
    {
        get => Volatile.Read(ref _current);
        set => Volatile.Write(ref _current, value);
    }

    /// <exception cref="ArgumentException">The tree looks at more events than a user's record holds.</exception>
    public static void Check(ChangeTree? tree, int rememberedEvents)
    {
        if (tree is not null && tree.Rule.RememberedEvents > rememberedEvents)
        {
            throw new ArgumentException(
                $"the change tree was trained on the last {tree.Rule.RememberedEvents} events of a user, the memory"
                + $" schema remembers {rememberedEvents}: train with --recent-events {rememberedEvents}");
        }
    }
}
