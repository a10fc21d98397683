using Fovea.Data;
using Xunit;

namespace Fovea.Tests.Data;

public class SampleRandomTests
{
    [Fact]
    public void Streams_repeat_and_differ()
    {
        SampleRandom a = SampleRandom.For(1, 2, 3), b = SampleRandom.For(1, 2, 3), c = SampleRandom.For(1, 3, 2),
            d = SampleRandom.For(2, 2, 3);
        ulong first = a.NextUInt64();
        Assert.Equal(first, b.NextUInt64());
        Assert.NotEqual(first, c.NextUInt64());
        Assert.NotEqual(first, d.NextUInt64());
        Assert.NotEqual(first, a.NextUInt64());
    }

    [Fact]
    public void A_split_does_not_depend_on_what_was_drawn_before()
    {
        var a = new SampleRandom(9);
        SampleRandom early = a.Split(4);
        a.NextUInt64();
        SampleRandom late = a.Split(4);
        Assert.Equal(early.NextUInt64(), late.NextUInt64());
    }

    [Fact]
    public void Numbers_are_even()
    {
        var random = new SampleRandom(11);
        var counts = new int[10];
        double sum = 0;
        for (int i = 0; i < 100_000; i++)
        {
            counts[random.Next(10)]++;
            double d = random.NextDouble();
            Assert.InRange(d, 0, 1 - 1e-16);
            sum += d;
        }
        // Five standard deviations: 95 of 100,000 x 0.1 x 0.9, and 0.0009 of a mean of uniform numbers.
        Assert.All(counts, c => Assert.InRange(c, 10_000 - 475, 10_000 + 475));
        Assert.InRange(sum / 100_000, 0.5 - 0.0046, 0.5 + 0.0046);
    }

    [Fact]
    public void A_shuffle_keeps_all_items()
    {
        int[] items = [.. Enumerable.Range(0, 50)];
        var random = new SampleRandom(1);
        random.Shuffle<int>(items);
        Assert.NotEqual(Enumerable.Range(0, 50), items);
        Assert.Equal(Enumerable.Range(0, 50), items.Order());
        Assert.Throws<ArgumentOutOfRangeException>(() => random.Next(0));
    }
}
