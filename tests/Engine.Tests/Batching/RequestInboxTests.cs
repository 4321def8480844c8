using Ebb.Engine.Batching;
using Xunit;

namespace Ebb.Engine.Tests.Batching;

public sealed class RequestInboxTests
{
    [Fact]
    public void Take_ChainsPushedInTurn_ComesInOrderOfArrival()
    {
        EngineRequest[] requests = [.. Enumerable.Range(0, 6).Select(_ => new EngineRequest())];
        var inbox = new RequestInbox();
        inbox.Push(Chain(requests[..3]));
        Assert.Same(requests[0], inbox.Take());
        inbox.Push(Chain(requests[3..]));

        Assert.Equal(requests[1..], Enumerable.Range(0, 5).Select(_ => inbox.Take()));
        Assert.Null(inbox.Take());
        Assert.True(inbox.IsEmpty);
    }

    [Fact]
    public void Take_RequestsPushedAgainOnceTaken_LosesNoneAndDoublesNone()
    {
        const int Rounds = 2_000;
        var inbox = new RequestInbox();
        EngineRequest[][] owned =
            [.. Enumerable.Range(0, 3).Select(_ => Enumerable.Range(0, 4).Select(_ => new EngineRequest()).ToArray())];
        int[] taken = new int[owned.Length];
        Thread[] pushers = [.. owned.Select((requests, owner) => new Thread(() => Push(requests, owner)))];
        Array.ForEach(pushers, pusher => pusher.Start());
        for (int left = Rounds * owned.Length * owned[0].Length; left > 0; left--)
        {
            EngineRequest? request;
            while ((request = inbox.Take()) is null)
            {
                Thread.Yield();
            }

            Interlocked.Increment(ref taken[(int)request.State!]);
        }

        Array.ForEach(pushers, pusher => pusher.Join());
        Assert.Null(inbox.Take());

        void Push(EngineRequest[] requests, int owner)
        {
            Array.ForEach(requests, request => request.State = owner);
            for (int round = 1; round <= Rounds; round++)
            {
                inbox.Push(Chain(requests));
                while (Volatile.Read(ref taken[owner]) < round * requests.Length)
                {
                    Thread.Yield();
                }
            }
        }
    }

    private static RequestChain Chain(EngineRequest[] requests)
    {
        var chain = default(RequestChain);
        foreach (EngineRequest request in requests)
        {
            chain.Add(request.Share(0));
        }

        return chain;
    }
}
