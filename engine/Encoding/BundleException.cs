namespace Ebb.Engine.Encoders;

/// <summary>A model bundle that cannot be served; the message is one line that names the file and what is
/// wrong.</summary>
public sealed class BundleException(string message, Exception? inner = null) : Exception(OneLine(message), inner)
{
    private const int LengthMax = 400;

    private static string OneLine(string message)
    {
        string line = string.Join(' ', message.Split(
            (char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return line.Length <= LengthMax ? line : line[..LengthMax] + "…";
    }
}
