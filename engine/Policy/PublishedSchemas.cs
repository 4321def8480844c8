namespace Ebb.Engine.Policy;

/// <summary>The JSON schemas of the two documents, for editors: the files of these names beside this one.</summary>
public static class PublishedSchemas
{
    public static string Policy => Read("policy.schema.json");

    public static string Memory => Read("memory.schema.json");

    private static string Read(string name)
    {
        using Stream stream = typeof(PublishedSchemas).Assembly.GetManifestResourceStream($"Ebb.Engine.Policy.{name}")!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
