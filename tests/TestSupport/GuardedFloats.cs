namespace Ebb.TestSupport;

/// <summary>A span of floats at any alignment between canaries: what writes outside it is found out.</summary>
public sealed class GuardedFloats
{
    private const int GuardLength = 64;
    private const float Canary = -1.2345678e33f;

    private readonly float[] _buffer;
    private readonly int _offset;
    private readonly int _length;

    /// <param name="length">Of the span.</param>
    /// <param name="misalignment">Floats that the span starts past the buffer's guard.</param>
    public GuardedFloats(int length, int misalignment = 0)
    {
        _length = length;
        _offset = GuardLength + misalignment;
        _buffer = new float[_offset + length + GuardLength];
        Array.Fill(_buffer, Canary);
        Span.Clear();
    }

    public GuardedFloats(ReadOnlySpan<float> contents, int misalignment = 0)
        : this(contents.Length, misalignment)
    {
        contents.CopyTo(Span);
    }

    public Span<float> Span => _buffer.AsSpan(_offset, _length);

    /// <summary>The first element; a canary when the span is empty.</summary>
    public ref float Reference => ref _buffer[_offset];

    public bool IsIntact =>
        !_buffer.AsSpan(0, _offset).ContainsAnyExcept(Canary)
        && !_buffer.AsSpan(_offset + _length).ContainsAnyExcept(Canary);
}
