using Fovea.Torch.Interop;

namespace Fovea.Torch.Tests.Interop;

public sealed class FingerprintTests
{
    // From the test vectors of the Internet-Draft "The FNV Non-Cryptographic Hash Algorithm", appendix C.
    [Theory]
    [InlineData("", "6c62272e07bb014262b821756295c58d")]
    [InlineData("a", "d228cb696f1a8caf78912b704e4a8964")]
    [InlineData("foobar", "343e1662793c64bf6f0d3597ba446f18")]
    public void PublishedValues(string text, string expected)
    {
        var fingerprint = new Fingerprint();
        fingerprint.Add(System.Text.Encoding.ASCII.GetBytes(text));
        Assert.Equal(expected, fingerprint.ToString());
    }

    [Fact]
    public void TextsAreKeptApart()
    {
        Fingerprint first = new(), second = new();
        first.Add("ab");
        first.Add("c");
        second.Add("a");
        second.Add("bc");
        Assert.NotEqual(first.ToString(), second.ToString());
    }
}
