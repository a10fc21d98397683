using System.Text;

namespace Fovea.Data.Reading;

/// <summary>Which training pictures become validation pictures where a data set brings none: the same ones on every machine and
/// at every time.</summary>
internal static class ShareOut
{
    /// <summary>The split that the rest of <see cref="Train"/> is together with <see cref="Val"/>.</summary>
    public const string Train = "train", Val = "val", Trainval = "trainval";

    /// <summary>Of a packed training set, the last pictures in the file's order: 5,000, or a tenth where that is fewer.</summary>
    public static int LastOf(int count) => Math.Min(5_000, count / 10);

    /// <summary>Of one class's pictures, one in five, rounded to the nearest: those whose names have the smallest hashes. What other
    /// classes hold does not matter; a picture that is added moves at most one other to the other side.</summary>
    /// <param name="names">Each picture's path below its class folder; its file name decides, the path where names are equal.</param>
    /// <returns>For each picture whether it is for validation.</returns>
    public static bool[] ByName(IReadOnlyList<string> names)
    {
        int[] order = [.. Enumerable.Range(0, names.Count)];
        ulong[] hashes = [.. names.Select(name => Hash(Path.GetFileName(name)))];
        Array.Sort(order, (a, b) => hashes[a] != hashes[b] ? hashes[a].CompareTo(hashes[b]) : string.CompareOrdinal(names[a], names[b]));
        bool[] isVal = new bool[names.Count];
        foreach (int i in order.AsSpan(0, (names.Count + 2) / 5)) isVal[i] = true;
        return isVal;
    }

    /// <summary>FNV-1a (Fowler, Noll, Vo) of the name's UTF-8, mixed once more so that near names lie far apart.</summary>
    private static ulong Hash(string name)
    {
        ulong hash = 14695981039346656037;
        foreach (byte b in Encoding.UTF8.GetBytes(name)) hash = (hash ^ b) * 1099511628211;
        return new SampleRandom(hash).NextUInt64();
    }
}
