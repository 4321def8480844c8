using Ebb.Engine.Batching;
using Ebb.Engine.Catalogue;
using Ebb.Engine.Ranking;
using Ebb.Engine.Tests.Catalogue;
using Ebb.Kernels.Decay;
using Xunit;

namespace Ebb.Engine.Tests.Batching;

public sealed class ScanPressureTests
{
    [Fact]
    public void Wait_IsListsTimesPaceAndFallsAsTheyAreScanned()
    {
        var pressure = Pressure(TimeSpan.FromMilliseconds(100));
        pressure.Came(1000);

        // Nobody knows a pace yet: nothing is refused on a guess.
        Assert.Equal((0, false, false), (pressure.WaitMs, pressure.IsShedding, pressure.IsFullBehind(0)));
        pressure.Scanned(100, elapsedMs: 50);
        Assert.Equal(450, pressure.WaitMs, 9);
        Assert.True(pressure.IsFullBehind(0));
        pressure.Scanned(750, elapsedMs: 375);
        Assert.Equal(75, pressure.WaitMs, 9);
        Assert.Equal((true, false), (pressure.IsShedding, pressure.IsFullBehind(0)));
        pressure.Scanned(150, elapsedMs: 75);
        Assert.Equal(0, pressure.WaitMs);
        Assert.False(pressure.IsShedding);
    }

    [Fact]
    public void IsFullBehind_WhatWaitsBefore_CountsOnceScansHaveAPace()
    {
        var pressure = Pressure(TimeSpan.FromMilliseconds(100));
        Assert.False(pressure.IsFullBehind(queuedMs: 1000));
        pressure.Came(90);
        pressure.Scanned(10, elapsedMs: 10);
        Assert.Equal(80, pressure.WaitMs, 9);
        Assert.False(pressure.IsFullBehind(queuedMs: 19));
        Assert.True(pressure.IsFullBehind(queuedMs: 21));
    }

    [Fact]
    public void Pace_FollowsTheLastScansSlowly()
    {
        var pressure = Pressure(TimeSpan.FromSeconds(1));
        pressure.Came(3);
        pressure.Scanned(1, elapsedMs: 10);
        pressure.Scanned(1, elapsedMs: 110);
        Assert.Equal(40, pressure.WaitMs, 9);
    }

    [Fact]
    public void Shed_UnderPressure_KeepsCandidatesThatCanAnswer()
    {
        using ItemCatalogue catalogue = CatalogueFixture.Open(new ListEventLog());
        using CatalogueLease lease = catalogue.Read();
        var pressed = Pressure(TimeSpan.FromMilliseconds(100));
        pressed.Came(2);
        pressed.Scanned(1, elapsedMs: 60);
        Assert.Equal((true, false), (pressed.IsShedding, pressed.IsFullBehind(0)));

        ListJob job = Job(count: 10, candidateCount: 30);
        pressed.Shed(job, lease);
        Assert.Equal((ListPath.KeptCandidates, ListDecision.Keep, true),
            (job.Path, job.Decision, job.Request.ScanLeftOut));

        // More than was asked for then, nothing kept, nothing to keep, phases that changed, no pressure.
        AssertScanned(pressed, Job(count: 11, candidateCount: 30), lease);
        AssertScanned(pressed, Job(count: 10, candidateCount: 0), lease);
        ListJob without = Job(count: 10, candidateCount: 30);
        without.Kept = null;
        AssertScanned(pressed, without, lease);
        ListJob changed = Job(count: 10, candidateCount: 30);
        changed.Kept!.PhaseMark = 7;
        AssertScanned(pressed, changed, lease);
        AssertScanned(Pressure(TimeSpan.FromSeconds(1)), Job(count: 10, candidateCount: 30), lease);
    }

    [Fact]
    public void Wait_AdmittedLists_CountBeforeTheyComeToTheScans()
    {
        ScanPressure pressure = Pressure(TimeSpan.FromMilliseconds(100));
        pressure.Came(1);
        pressure.Scanned(1, elapsedMs: 2);
        pressure.Admitted(30);
        Assert.Equal((60, true, false), (pressure.WaitMs, pressure.IsShedding, pressure.IsFullBehind(0)));
        pressure.Admitted(21);
        Assert.True(pressure.IsFullBehind(0));
        pressure.Admitted(-51);
        Assert.Equal(0, pressure.WaitMs);
    }

    [Fact]
    public void IsFullBehind_ListsTookLongerThanTheBound_LessOfItIsUsedButSomeAtOnceAreBegun()
    {
        ScanPressure pressure = Pressure(TimeSpan.FromMilliseconds(100));
        pressure.Came(1);
        pressure.Scanned(1, elapsedMs: 1);
        for (long now = 1000; now < 6000; now += 100)
        {
            pressure.Answered([JobOf(now - 101), JobOf(now - 101)], now);
        }

        // A sixteenth: 6.25 ms; shedding at the half of it.
        pressure.Admitted(3);
        Assert.False(pressure.IsShedding);
        pressure.Admitted(1);
        Assert.True(pressure.IsShedding);
        pressure.Admitted(27);
        Assert.False(pressure.IsFullBehind(0));
        Assert.True(pressure.IsFullBehind(70));
        pressure.Admitted(1);
        Assert.True(pressure.IsFullBehind(0));

        // Within the bound again: the whole of it, in time.
        for (long now = 6000; now < 12_000; now += 100)
        {
            pressure.Answered([JobOf(now - 100), JobOf(now - 1)], now);
        }

        Assert.False(pressure.IsFullBehind(67));
        Assert.True(pressure.IsFullBehind(69));
    }

    // Timestamps are milliseconds.
    private static ScanPressure Pressure(TimeSpan waitMax) => new(waitMax, ticksPerSecond: 1000);

    private static ListJob JobOf(long submittedAt) =>
        new(3) { Request = new EngineRequest { SubmittedAt = submittedAt } };

    private static void AssertScanned(ScanPressure pressure, ListJob job, CatalogueLease lease)
    {
        pressure.Shed(job, lease);
        Assert.Equal((ListPath.Scan, ListDecision.Refresh, false), (job.Path, job.Decision, job.Request.ScanLeftOut));
    }

    private static ListJob Job(int count, int candidateCount)
    {
        var kept = new ServedList(3) { AskedCount = 10 };
        kept.SetCandidateCount(candidateCount);
        return new ListJob(3)
        {
            Request = new EngineRequest { Count = count },
            Policy = new PolicyInForce(new ServingPolicy(), new BankShape(3, [1000.0], [])),
            Path = ListPath.Scan,
            Decision = ListDecision.Refresh,
            Kept = kept,
        };
    }
}
