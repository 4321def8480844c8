namespace Ebb.Protocol;

/// <summary>What the server's sequence encoder gave to a list, or why it gave nothing. Wire numbers, 3 bits.</summary>
public enum EbbEncoding : byte
{
    /// <summary>The user's policy has no weight for it, or the list needed no score.</summary>
    None = 0,

    /// <summary>The user's last events were read for this list.</summary>
    Fresh = 1,

    /// <summary>They were read before, and nothing has happened since.</summary>
    Kept = 2,

    /// <summary>Left out: the request's deadline was near.</summary>
    Skipped = 3,

    /// <summary>Left out: the server has no model.</summary>
    NoModel = 4,

    /// <summary>Left out: the model knows none of the user's last items.</summary>
    Unknown = 5,

    /// <summary>Left out: the model failed.</summary>
    Failed = 6,
}
