namespace Fovea.Torch.Tests;

public class TensorScopeTests
{
    [Fact]
    public void ReleaseEndsATensorOfTheScopeAtOnce()
    {
        long before = Tensor.LiveCount;
        using (var scope = new TensorScope())
        {
            Tensor large = Tensor.Zeros([100]), other = Tensor.Zeros([1]);
            scope.Release(large);
            Assert.Equal(before + 1, Tensor.LiveCount);
            Assert.Throws<ObjectDisposedException>(() => large.Shape);
            Assert.Equal([1], other.Shape);
            scope.Release(large);
        }
        Assert.Equal(before, Tensor.LiveCount);
    }

    [Fact]
    public void ReleaseLeavesWhatBelongsElsewhere()
    {
        using Tensor free = Tensor.Ones([1]);
        using var outer = new TensorScope();
        Tensor given = Tensor.Ones([1]), kept;
        using (var scope = new TensorScope())
        {
            kept = scope.Keep(Tensor.Ones([1]));
            foreach (Tensor tensor in new[] { free, given, kept }) scope.Release(tensor);
        }
        Assert.All([free, given, kept], tensor => Assert.Equal(1, tensor.Item()));
    }
}
