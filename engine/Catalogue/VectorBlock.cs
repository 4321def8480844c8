namespace Ebb.Engine.Catalogue;

/// <summary>A named stretch of every item vector, such as of its text or its image.</summary>
public readonly record struct VectorBlock(string Name, int Dimension)
{
    public const int NameLengthMax = 32;

    /// <summary>An item's block that no vector was given for is made from its text by the model.</summary>
    public const string TextName = "text";
}
