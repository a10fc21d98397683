namespace Fovea.Segmentation.Crf;

/// <summary>A hash table that numbers the vertices of a lattice in the order in which they are met.</summary>
/// <remarks>Open addressing with linear probing, at most half full; it doubles, and never holds more than was added.</remarks>
internal sealed class VertexTable
{
    private UInt128[] _keys;
    private int[] _slots;     // 1 + the vertex's number; 0 where free
    private int _shift;

    /// <summary>An empty table.</summary>
    /// <param name="expected">Number of vertices to make room for at first.</param>
    public VertexTable(int expected)
    {
        int bits = Math.Max(4, 33 - int.LeadingZeroCount(Math.Max(1, expected)));
        (_keys, _slots, _shift) = (new UInt128[1 << (bits - 1)], new int[1 << bits], 64 - bits);
    }

    /// <summary>Number of vertices.</summary>
    public int Count { get; private set; }

    /// <summary>The key of each vertex, by its number.</summary>
    public ReadOnlySpan<UInt128> Keys => _keys.AsSpan(0, Count);

    /// <summary>The number of a vertex, which is added if it is new.</summary>
    public int Add(UInt128 key)
    {
        int slot = SlotOf(key);
        if (_slots[slot] != 0) return _slots[slot] - 1;
        if (Count == _keys.Length)
        {
            Grow();
            slot = SlotOf(key);
        }
        _keys[Count] = key;
        _slots[slot] = ++Count;
        return Count - 1;
    }

    /// <summary>The number of a vertex, or -1 where it is not there.</summary>
    public int Find(UInt128 key) => _slots[SlotOf(key)] - 1;

    // Where the key is, or where it would go.
    private int SlotOf(UInt128 key)
    {
        int mask = _slots.Length - 1;
        int slot = (int)(Hash(key) >> _shift);
        while (_slots[slot] != 0 && _keys[_slots[slot] - 1] != key) slot = (slot + 1) & mask;
        return slot;
    }

    // Neighbours differ in a few low bits of each coordinate: multiplications carry them to the top, from which the slot is taken.
    private static ulong Hash(UInt128 key)
    {
        ulong hash = (ulong)key * 0x9E3779B97F4A7C15 + (ulong)(key >> 64) * 0xC2B2AE3D27D4EB4F;
        return (hash ^ (hash >> 32)) * 0xD6E8FEB86659FD93;
    }

    private void Grow()
    {
        Array.Resize(ref _keys, _keys.Length * 2);
        _slots = new int[_slots.Length * 2];
        _shift--;
        for (int vertex = 0; vertex < Count; vertex++) _slots[SlotOf(_keys[vertex])] = vertex + 1;
    }
}
