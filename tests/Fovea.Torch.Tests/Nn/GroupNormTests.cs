using Fovea.Torch.Nn;

namespace Fovea.Torch.Tests.Nn;

public class GroupNormTests
{
    [Fact]
    public void Each_group_of_each_picture_has_mean_zero_and_variance_one_before_scale_and_shift()
    {
        using var scope = new TensorScope();
        using var norm = new GroupNorm(4, groups: 2, epsilon: 0);
        norm.Weight.Detach().CopyInPlace(Tensor.From<float>([1, 2, 1, 1], 4));
        norm.Bias.Detach().CopyInPlace(Tensor.From<float>([0, 0, 5, 0], 4));
        // Groups (1, 3), mean 2 and deviation 1, and (10, 30), mean 20 and deviation 10.
        Tensor output = norm.Forward(Tensor.From<float>([1, 3, 10, 30], 1, 4, 1, 1));
        Assert.Equal([-1, 2, 4, 1], output.ToArray<float>().Select(value => MathF.Round(value, 4)));
        Assert.Equal(["weight", "bias"], norm.StateDict().Select(entry => entry.Name));
    }

    [Fact]
    public void Channels_that_cannot_be_shared_out_are_refused() =>
        Assert.Contains("40 channels", Assert.Throws<ArgumentException>(() => new GroupNorm(40)).Message);
}
