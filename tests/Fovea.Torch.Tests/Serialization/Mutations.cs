using FsCheck;
using FsCheck.Fluent;

namespace Fovea.Torch.Tests.Serialization;

/// <summary>Files that were valid until a few bytes were changed, removed, repeated or cut off.</summary>
internal static class Mutations
{
    private static readonly byte[] Telling = [0, 1, 0x7f, 0x80, 0xff, (byte)'"', (byte)'{', (byte)'9', (byte)'.', (byte)'R', (byte)'(', (byte)'h'];

    /// <summary>The same cases on every run; a failure names the seed of its own.</summary>
    public static Config Repeatable(int cases) => Config.QuickThrowOnFailure.WithMaxTest(cases).WithReplay(20240229, 1);

    public static Arbitrary<byte[]> Of(byte[] valid)
    {
        Gen<byte> value = Gen.OneOf(Gen.Elements(Telling), Gen.Choose(0, 255).Select(b => (byte)b));
        Gen<Func<List<byte>, int, bool>> change = Gen.OneOf(
            value.Select<byte, Func<List<byte>, int, bool>>(b => (bytes, at) => { bytes[at] = b; return true; }),
            value.Select<byte, Func<List<byte>, int, bool>>(b => (bytes, at) => { bytes.Insert(at, b); return true; }),
            Gen.Choose(0, 7).Select<int, Func<List<byte>, int, bool>>(bit => (bytes, at) => { bytes[at] ^= (byte)(1 << bit); return true; }),
            Gen.Choose(1, 12).Select<int, Func<List<byte>, int, bool>>(n => (bytes, at) => { bytes.RemoveRange(at, Math.Min(n, bytes.Count - at)); return true; }),
            Gen.Choose(1, 40).Select<int, Func<List<byte>, int, bool>>(n => (bytes, at) => { bytes.InsertRange(at, bytes.GetRange(at, Math.Min(n, bytes.Count - at))); return true; }));
        Gen<byte[]> mutated =
            from count in Gen.Choose(1, 4)
            from changes in change.ListOf(count)
            from places in Gen.Choose(0, valid.Length - 1).ListOf(count)
            select Apply(valid, changes.Zip(places));
        return mutated.ToArbitrary();
    }

    private static byte[] Apply(byte[] valid, IEnumerable<(Func<List<byte>, int, bool> Change, int Place)> changes)
    {
        List<byte> bytes = [.. valid];
        foreach ((Func<List<byte>, int, bool> change, int place) in changes)
            if (bytes.Count > 0) change(bytes, Math.Min(place, bytes.Count - 1));
        return [.. bytes];
    }
}
