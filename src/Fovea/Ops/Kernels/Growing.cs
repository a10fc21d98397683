namespace Fovea.Ops.Kernels;

/// <summary>An array that grows, whose storage the kernels read directly.</summary>
internal sealed class Growing<T> where T : unmanaged
{
    /// <summary>The storage; entries from <see cref="Count"/> on mean nothing.</summary>
    public T[] Items = new T[64];

    /// <summary>Entries in use.</summary>
    public int Count { get; private set; }

    /// <summary>The entries in use.</summary>
    public Span<T> Span => Items.AsSpan(0, Count);

    /// <summary>Drops all entries and keeps the storage.</summary>
    public void Clear() => Count = 0;

    /// <summary>Appends one entry.</summary>
    public void Add(T item)
    {
        if (Count == Items.Length) Array.Resize(ref Items, checked(2 * Count));
        Items[Count++] = item;
    }

    /// <summary>Appends several entries.</summary>
    public void Add(ReadOnlySpan<T> items) => items.CopyTo(Extend(items.Length));

    /// <summary>Appends room for some entries, to be filled by the caller.</summary>
    public Span<T> Extend(int count)
    {
        int needed = checked(Count + count);
        if (needed > Items.Length) Array.Resize(ref Items, (int)Math.Min(Math.Max(2L * Items.Length, needed), Array.MaxLength));
        Count = needed;
        return Items.AsSpan(needed - count, count);
    }
}
