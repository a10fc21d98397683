using System.Buffers;

namespace Fovea.Structures;

/// <summary>Puts together run lengths from pieces of the object, in rising order. Pieces that touch or overlap become one run.</summary>
internal struct RunBuilder
{
    private uint[] _counts;
    private int _length; // Even while pieces are added: background and object in turn.
    private uint _position; // Everything before it is written.

    /// <param name="capacity">About how many runs there will be; more find room too.</param>
    public RunBuilder(int capacity) => _counts = ArrayPool<uint>.Shared.Rent(Math.Max(16, capacity));

    /// <summary>Adds the pixels from <paramref name="start"/> to before <paramref name="end"/>; no piece starts before one that was
    /// added earlier.</summary>
    public void Add(uint start, uint end)
    {
        if (end <= _position || end <= start) return;
        if (start <= _position && _length > 0) _counts[_length - 1] += end - _position;
        else
        {
            if (_length + 3 > _counts.Length) Grow();
            _counts[_length++] = start - _position;
            _counts[_length++] = end - start;
        }
        _position = end;
    }

    /// <summary>The runs of a picture of so many pixels. Nothing can be added afterwards.</summary>
    public uint[] Finish(uint pixels)
    {
        if (_position < pixels || _length == 0) _counts[_length++] = pixels - _position;
        uint[] runs = _counts.AsSpan(0, _length).ToArray();
        ArrayPool<uint>.Shared.Return(_counts);
        _counts = [];
        return runs;
    }

    private void Grow()
    {
        uint[] larger = ArrayPool<uint>.Shared.Rent(2 * _counts.Length);
        _counts.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<uint>.Shared.Return(_counts);
        _counts = larger;
    }
}
