using System.Text;
using Fovea.Reports;

namespace Fovea.Tests.Reports;

public sealed class Crc32CTests
{
    [Fact]
    public void ThePublishedCheckValue() => Assert.Equal(0xE3069283u, Crc32C.Of(Encoding.ASCII.GetBytes("123456789")));

    [Fact]
    public void OfNothingIsZero() => Assert.Equal(0u, Crc32C.Of([]));

    // RFC 3720, appendix B.4, whose examples list the checksum's bytes from the lowest on.
    [Theory]
    [InlineData(0x00, 0x8A9136AAu)]
    [InlineData(0xFF, 0x62A8AB43u)]
    public void TheStandardsExamplesOf32EqualBytes(byte value, uint expected) =>
        Assert.Equal(expected, Crc32C.Of(Enumerable.Repeat(value, 32).ToArray()));

    [Fact]
    public void TheStandardsExampleOf32RisingBytes() =>
        Assert.Equal(0x46DD794Eu, Crc32C.Of(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
}
