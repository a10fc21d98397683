using Fovea.Ops;

namespace Fovea.Tests.Ops;

public class BalancedSamplerTests
{
    private static long[] Backwards(int n) => [.. Enumerable.Range(0, n).Reverse().Select(i => (long)i)];

    [Fact]
    public void Takes_the_first_of_the_permutation_and_returns_them_rising()
    {
        long[] labels = [1, 0, -1, 2, 0, 3, 0, 1, -1, 0];
        (long[] positive, long[] negative) = new BalancedSampler(6, 0.5).Select(labels, Backwards);
        Assert.Equal([3, 5, 7], positive);
        Assert.Equal([4, 6, 9], negative);
    }

    [Fact]
    public void Missing_objects_are_replaced_by_background_but_not_the_reverse()
    {
        (long[] positive, long[] negative) = new BalancedSampler(4, 0.5).Select([1, 0, 0, 0, 0], Backwards);
        Assert.Equal([0], positive);
        Assert.Equal([2, 3, 4], negative);
        (positive, negative) = new BalancedSampler(4, 0.25).Select([1, 1, 1, 0], Backwards);
        Assert.Equal([2], positive);
        Assert.Equal([3], negative);
    }

    [Fact]
    public void A_batch_without_bound_takes_all()
    {
        (long[] positive, long[] negative) = new BalancedSampler(int.MaxValue, 0.5).Select([0, 1, -1, 0, 1], Backwards);
        Assert.Equal([1, 4], positive);
        Assert.Equal([0, 3], negative);
    }

    [Fact]
    public void No_candidates_give_nothing_and_bad_options_are_refused()
    {
        (long[] positive, long[] negative) = new BalancedSampler(4, 0.5).Select([], Backwards);
        Assert.Empty(positive);
        Assert.Empty(negative);
        Assert.Throws<ArgumentOutOfRangeException>(() => new BalancedSampler(-1, 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BalancedSampler(1, double.NaN));
    }
}
