namespace Ebb.Engine.Store.Base;

/// <summary>A base or its manifest cannot be read. The message is one line with file and remedy.</summary>
public sealed class BaseCorruptException(string path, string what, Exception? inner = null)
    : Exception($"{path}: {what}", inner)
{
    internal const string Remedy = "restore it from a copy, or start on another folder";

    public string FilePath { get; } = path;

    internal static BaseCorruptException OtherFormat(string path, int found, int known) =>
        new(path, $"format {found}, and this build reads {known}; use the build that wrote it or a newer one");

    internal static BaseCorruptException Unreadable(string path, Exception error) =>
        new(path, $"cannot be read ({error.Message.ReplaceLineEndings(" ")}); {Remedy}", error);
}
