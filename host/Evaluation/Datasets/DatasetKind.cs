namespace Ebb.Evaluation.Datasets;

/// <summary>The file formats that <see cref="DatasetReader"/> reads.</summary>
public enum DatasetKind
{
    /// <summary>UCI Online Retail as CSV (InvoiceNo … Country), .gz or not.</summary>
    OnlineRetail,

    /// <summary>MovieLens 100K u.data: user, item, rating, seconds, tab separated.</summary>
    MovieLens,

    /// <summary>RecSys'15 clicks: SessionId, ItemId, Time, tab separated, with a header; in two parts.</summary>
    Yoochoose,

    /// <summary>OTTO: a JSON line per session with aid, ts (ms) and type of each event.</summary>
    Otto,

    /// <summary><c>user,item,type,time[,value]</c>, with or without that header.</summary>
    PlainCsv,
}
