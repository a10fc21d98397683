using Fovea.Torch.Nn;

namespace Fovea.Torch.Tests.Nn;

public class SequentialTests
{
    // Makes three tensors on the way to x + 1.
    private sealed class Plus : Layer
    {
        protected override Tensor Apply(Tensor input) => input * 2 - input + 1;
    }

    [Fact]
    public void ALayerLeavesItsOutputOnly()
    {
        using var scope = new TensorScope();
        using var layer = new Plus();
        Tensor input = Tensor.Ones([2]);
        long before = Tensor.LiveCount;
        Assert.Equal([2f, 2], layer.Forward(input).ToArray<float>());
        Assert.Equal(before + 1, Tensor.LiveCount);
    }

    [Fact]
    public void AnOutputIsReleasedWhenTheNextLayerIsDone()
    {
        using var scope = new TensorScope();
        using var layers = new Sequential(new Plus(), new Plus(), new Plus(), new Plus());
        Tensor input = Tensor.Ones([2]);
        long before = Tensor.LiveCount;
        var counts = new List<long>();
        Tensor output;
        using (Layer.Observe((_, _, _) => counts.Add(Tensor.LiveCount - before))) output = layers.Forward(input);
        // One layer's input (not the first's, which was given), two tensors on its way, and its output; then the result alone.
        Assert.Equal([3, 4, 4, 4, 1], counts);
        Assert.Equal(before + 1, Tensor.LiveCount);
        Assert.Equal([5f, 5], output.ToArray<float>());
        Assert.Equal([1f, 1], input.ToArray<float>());
    }

    [Fact]
    public void WhatIsPassedOnIsNotReleased()
    {
        using var scope = new TensorScope();
        using var layers = new Sequential(new Identity(), new Plus(), new Identity(), new Identity());
        Tensor input = Tensor.Ones([1]);
        Assert.Equal(2, layers.Forward(input).Item());
        using var none = new Sequential(new Identity());
        Assert.Same(input, none.Forward(input));
        Assert.Same(input, new Sequential().Forward(input));
    }

    // Views share memory: the tensor goes, its elements stay.
    [Fact]
    public void AViewOfAReleasedOutputKeepsItsElements()
    {
        using var scope = new TensorScope();
        using var layers = new Sequential(new Plus(), new Flatten());
        Assert.Equal([2f, 3, 4, 5], layers.Forward(Tensor.From([1f, 2, 3, 4], 1, 2, 2)).ToArray<float>());
    }

    [Fact]
    public void TheGradientKeepsWhatItNeeds()
    {
        using var scope = new TensorScope();
        using var layers = new Sequential(new ActivationLayer(Activation.Sigmoid), new ActivationLayer(Activation.Silu));
        Tensor x = Tensor.From([0.3], 1);
        x.RequiresGrad = true;
        layers.Forward(x).Sum().Backward();
        double step = 1e-6;
        Assert.Equal((Value(0.3 + step) - Value(0.3 - step)) / (2 * step), x.Grad!.Item(), 1e-8);

        static double Value(double x) => Sigmoid(x) * Sigmoid(Sigmoid(x));
        static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
    }
}
