using Fovea.Ops;
using Fovea.Torch;

namespace Fovea.Tests.Ops;

public class BalancedSamplerTests
{
    private static (long[] Positive, long[] Negative) Select(BalancedSampler sampler, params long[] labels)
    {
        using var scope = new TensorScope();
        using Generator generator = new(7);
        (Tensor positive, Tensor negative) = sampler.Select(Tensor.From(labels, labels.Length), generator);
        return (positive.ToArray<long>(), negative.ToArray<long>());
    }

    [Fact]
    public void Takes_the_first_of_a_permutation_of_the_objects_and_then_of_the_background()
    {
        using var scope = new TensorScope();
        using Generator generator = new(7);
        long[] objects = [0, 3, 5, 7], background = [1, 4, 6, 9];
        long[] first = Tensor.RandPerm(4, generator).ToArray<long>(), second = Tensor.RandPerm(4, generator).ToArray<long>();
        (long[] positive, long[] negative) = Select(new BalancedSampler(5, 0.5), 1, 0, -1, 2, 0, 3, 0, 1, -1, 0);
        Assert.Equal(first.Take(2).Select(i => objects[i]).Order(), positive);
        Assert.Equal(second.Take(3).Select(i => background[i]).Order(), negative);
    }

    [Fact]
    public void Missing_objects_are_replaced_by_background_but_not_the_reverse()
    {
        (long[] positive, long[] negative) = Select(new BalancedSampler(4, 0.5), 1, 0, 0, 0, 0);
        Assert.Equal([0], positive);
        Assert.Equal(3, negative.Length);
        (positive, negative) = Select(new BalancedSampler(4, 0.25), 1, 1, 1, 0);
        Assert.Single(positive);
        Assert.Equal([3], negative);
    }

    [Fact]
    public void A_batch_without_bound_takes_all()
    {
        (long[] positive, long[] negative) = Select(new BalancedSampler(int.MaxValue, 0.5), 0, 1, -1, 0, 1);
        Assert.Equal([1, 4], positive);
        Assert.Equal([0, 3], negative);
    }

    [Fact]
    public void No_candidates_give_nothing_and_bad_options_are_refused()
    {
        (long[] positive, long[] negative) = Select(new BalancedSampler(4, 0.5));
        Assert.Empty(positive);
        Assert.Empty(negative);
        Assert.Throws<ArgumentOutOfRangeException>(() => new BalancedSampler(-1, 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BalancedSampler(1, double.NaN));
    }
}
