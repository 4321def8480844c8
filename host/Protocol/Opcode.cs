namespace Ebb.Protocol;

/// <summary>The verbs. A reply has its request's opcode.</summary>
public enum Opcode : byte
{
    Hello = 1,
    Ping = 2,
    Observe = 3,
    Recommend = 4,
    Rank = 5,
    Act = 6,
    Profile = 7,
    ItemPut = 8,
    ItemRemove = 9,
    Stats = 10,

    /// <summary>Server to client, unasked, correlation id 0: a durable mark, or why the connection closes.</summary>
    Notice = 11,

    /// <summary>Takes one event of a user out again, named by its event id.</summary>
    Unsend = 12,

    /// <summary>Takes a user out of everything; the reply says until when files may still hold him.</summary>
    Forget = 13,
    Drift = 14,
    Why = 15,
    Subscribe = 16,

    /// <summary>Tells the memory schema in force, or changes it; for an admin.</summary>
    Schema = 17,

    /// <summary>Which categories gained from which.</summary>
    Flows = 23,

    /// <summary>How demand moves, and a forecast of seven days.</summary>
    Trends = 24,

    /// <summary>What is held of one key comes under another.</summary>
    Merge = 25,

    /// <summary>How the arms of experiments stand.</summary>
    Experiments = 26,

    /// <summary>Server to client, unasked: phases of a subscribed user have changed.</summary>
    Change = 18,

    /// <summary>Items to items: from an item or a basket, without a user.</summary>
    Similar = 19,

    /// <summary>Stock, window and price of items, without their vectors.</summary>
    ItemPatch = 20,

    /// <summary>The merchandisers' rules: put, remove, list, audit.</summary>
    Rules = 21,

    /// <summary>The users whom an item fits best.</summary>
    Audience = 22,

    /// <summary>One user in few figures, for people.</summary>
    Portrait = 27,

    /// <summary>Edges between items, brands, merchants, categories and content.</summary>
    Graph = 28,

    /// <summary>Items by a text or by named stretches of their vectors.</summary>
    ItemDescribe = 29,

    /// <summary>Copies the server's folder while it serves; for an admin.</summary>
    Backup = 32,

    /// <summary>Says who is asking, by a token.</summary>
    Auth = 33,
}
