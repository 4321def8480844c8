using System.Text;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Store;

namespace Ebb.Engine.Interest.Lifecycle;

/// <summary>Fills books from the last events of a record.</summary>
internal static class PhaseReader
{
    /// <param name="book">Filled afresh; empty where the policy tells no phases.</param>
    /// <param name="recent">The user's last events, newest first.</param>
    /// <param name="nowMs">The moment; one before the last event is taken for that event's.</param>
    /// <param name="policy">What to tell.</param>
    /// <param name="catalogue">An item counts for the category that it has now.</param>
    public static void Read(
        PhaseBook book, ReadOnlySpan<RecentEvent> recent, long nowMs, LifecyclePolicy policy, CatalogueLease catalogue)
    {
        book.Clear();
        if (!policy.IsOn)
        {
            return;
        }

        for (int index = recent.Length - 1; index >= 0; index--)
        {
            book.Add(recent[index], catalogue.CategoryCode((int)recent[index].ItemIndex), policy);
        }

        book.Judge(nowMs, policy);
    }

    /// <summary>The book with names, for people; allocates.</summary>
    public static SubjectPhase[] Describe(
        PhaseBook book, long nowMs, LifecyclePolicy policy, CatalogueLease catalogue)
    {
        var phases = new SubjectPhase[book.Count];
        for (int index = 0; index < phases.Length; index++)
        {
            phases[index] = Describe(book.Entries[index], nowMs, policy, catalogue);
        }

        return phases;
    }

    public static SubjectPhase Describe(
        in PhaseBook.Entry entry, long nowMs, LifecyclePolicy policy, CatalogueLease catalogue)
    {
        PhaseRule rule = policy.RuleOf(entry.Subject)!;
        long next = entry.Track.NextChangeMs(nowMs, rule);
        byte[] name = entry.Subject == PhaseSubject.Category
            ? Encoding.UTF8.GetBytes(catalogue.Text(AttributeKind.Category, entry.Code) ?? "")
            : catalogue.Id((int)entry.Code).ToArray();
        return new SubjectPhase(entry.Subject, new OpaqueId(name), entry.Phase)
        {
            Intensity = entry.Track.At(nowMs, rule.HalfLifeMs),
            Peak = entry.Track.Peak,
            NextChangeMs = next == long.MaxValue ? null : next,
        };
    }
}
