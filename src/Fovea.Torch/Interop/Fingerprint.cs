using System.Text;

namespace Fovea.Torch.Interop;

/// <summary>A short name for a long content: the 128-bit hash FNV-1a of Fowler, Noll and Vo.</summary>
/// <remarks>
/// Tells builds apart and resists nobody. .NET's cryptographic hashes would need OpenSSL, which the smallest machines lack.
/// </remarks>
internal sealed class Fingerprint
{
    private static readonly UInt128 Prime = new(0x0000000001000000, 0x000000000000013B);

    private UInt128 _hash = new(0x6C62272E07BB0142, 0x62B821756295C58D);

    /// <summary>Takes in some bytes.</summary>
    internal void Add(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
            _hash = unchecked((_hash ^ value) * Prime);
    }

    /// <summary>Takes in a text and its end, so that "ab", "c" differs from "a", "bc".</summary>
    internal void Add(string text)
    {
        Add(Encoding.UTF8.GetBytes(text));
        Add([0]);
    }

    /// <summary>Thirty-two hexadecimal digits.</summary>
    public override string ToString() => _hash.ToString("x32");
}
