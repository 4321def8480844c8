using System.Collections.Concurrent;

namespace Ebb.Engine.Catalogue;

/// <summary>
/// Texts of one attribute kind ↔ codes from 1, dense and for ever; 0 is none. One writer, any readers beside it.
/// </summary>
internal sealed class AttributeDictionary
{
    private readonly ConcurrentDictionary<string, uint> _codes = new(StringComparer.Ordinal);

    private string[] _texts = new string[16];
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>The code of a text, 0 when it has none.</summary>
    public uint Find(string? text) =>
        string.IsNullOrEmpty(text) ? 0 : _codes.TryGetValue(text, out uint code) ? code : 0;

    public string? Text(uint code) => code == 0 || code > (uint)Count ? null : Volatile.Read(ref _texts)[code - 1];

    /// <summary>Gives a text the next code.</summary>
    public uint Add(string text)
    {
        if (_count == _texts.Length)
        {
            string[] texts = new string[_texts.Length * 2];
            _texts.CopyTo(texts, 0);
            Volatile.Write(ref _texts, texts);
        }

        _texts[_count] = text;
        uint code = (uint)_count + 1;
        Volatile.Write(ref _count, _count + 1);
        _codes[text] = code;
        return code;
    }

    /// <summary>Takes a code as recorded. False when it contradicts what is known.</summary>
    public bool TryDefine(uint code, string text)
    {
        if (code <= (uint)_count)
        {
            return code != 0 && _texts[code - 1] == text;
        }

        return code == (uint)_count + 1 && Find(text) == 0 && Add(text) == code;
    }
}
