namespace Fovea.Torch.Tests;

public class AutogradTests
{
    [Fact]
    public void BackwardAccumulates()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.From([1f, 2, 3], 3);
        x.RequiresGrad = true;
        (x * x).Sum().Backward();
        Assert.Equal([2f, 4, 6], x.Grad!.ToArray<float>());
        (x * x).Sum().Backward();
        Assert.Equal([4f, 8, 12], x.Grad!.ToArray<float>());
        x.Grad = null;
        Assert.Null(x.Grad);
    }

    [Fact]
    public void GradientsLeaveGradAlone()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.From([3f], 1), y = Tensor.From([4f], 1), unused = Tensor.From([1f], 1);
        x.RequiresGrad = y.RequiresGrad = unused.RequiresGrad = true;
        Tensor?[] gradients = (x * y).Sum().Gradients([x, y, unused]);
        Assert.Equal([4f], gradients[0]!.ToArray<float>());
        Assert.Equal([3f], gradients[1]!.ToArray<float>());
        Assert.Null(gradients[2]);
        Assert.Null(x.Grad);
    }

    [Fact]
    public void ManagedBackwardRunsAndIsFreedWithItsGraph()
    {
        long before = Tensor.LiveCount;
        using (var scope = new TensorScope())
        {
            Tensor x = Tensor.From([1f, 2, 3], 3);
            x.RequiresGrad = true;
            Tensor y = Cube(x);
            Assert.Equal([1f, 8, 27], y.ToArray<float>());
            (y * 2).Sum().Backward();
            Assert.Equal([6f, 24, 54], x.Grad!.ToArray<float>());
        }
        Assert.Equal(before, Tensor.LiveCount);
    }

    [Fact]
    public void ManagedBackwardIsSkippedWithoutGradients()
    {
        long before = Tensor.LiveCount;
        using (var scope = new TensorScope())
        {
            Tensor x = Tensor.From([2f], 1);
            Assert.False(Cube(x).RequiresGrad);
            x.RequiresGrad = true;
            using var noGrad = new NoGrad();
            Assert.False(Cube(x).RequiresGrad);
        }
        Assert.Equal(before, Tensor.LiveCount);
    }

    [Fact]
    public void ExceptionInManagedBackwardReachesTheCaller()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.From([2f], 1);
        x.RequiresGrad = true;
        Tensor y = AutogradFunction.Apply("broken", [x], () => x * 1, _ => throw new InvalidOperationException("no gradient today"));
        var error = Assert.Throws<TorchException>(() => y.Sum().Backward());
        Assert.Contains("no gradient today", error.Message);
        Assert.Contains("broken", error.Message);
    }

    [Fact]
    public void ScopesNestAndKeep()
    {
        long before = Tensor.LiveCount;
        using (var outer = new TensorScope())
        {
            Tensor kept;
            using (var inner = new TensorScope())
            {
                Tensor dropped = Tensor.Zeros([3]);
                kept = inner.Keep(dropped + 1);
            }
            Assert.Equal([1f, 1, 1], kept.ToArray<float>());
            Assert.Equal(before + 1, Tensor.LiveCount);
        }
        Assert.Equal(before, Tensor.LiveCount);
    }

    [Fact]
    public void ScopeClosedOutOfOrderIsAnError()
    {
        var outer = new TensorScope();
        var inner = new TensorScope();
        Assert.Throws<InvalidOperationException>(outer.Dispose);
        inner.Dispose();
        outer.Dispose();
    }

    [Fact]
    public void AutocastRunsConvolutionsInBfloat16()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.Rand([1, 3, 8, 8]), w = Tensor.Rand([4, 3, 3, 3]);
        using (new Autocast(Device.Cpu, DType.BFloat16))
            Assert.Equal(DType.BFloat16, Functional.Conv2d(x, w, null, [1, 1], [1, 1], [1, 1]).DType);
        Assert.Equal(DType.Float32, Functional.Conv2d(x, w, null, [1, 1], [1, 1], [1, 1]).DType);
    }

    private static Tensor Cube(Tensor x)
    {
        Tensor saved = AutogradFunction.Save(x);
        return AutogradFunction.Apply("cube", [x], () => saved * saved * saved, request => [request.OutputGradients[0]! * saved * saved * 3], saved);
    }
}
