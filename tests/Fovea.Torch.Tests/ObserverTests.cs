using Fovea.Torch.Nn;

namespace Fovea.Torch.Tests;

public class ObserverTests
{
    [Fact]
    public void OperatorsAreToldWithTheirArgumentsResultsAndLayer()
    {
        using var scope = new TensorScope();
        using var linear = new Linear(2, 3);
        Tensor input = Tensor.Ones([1, 2]);
        var calls = new List<(OperatorCall Call, Layer? Layer)>();
        using (Layer.Observe((_, _, _) => { }))
        using (Operator.Observe(call => calls.Add((call, Layer.Current))))
        {
            Tensor output = linear.Forward(input);
            output.Reshape(3, 1);
            output.Detach().AddInPlace(input.Sum());
            Tensor.Cat([input, input], 1);
        }
        input.Sum();                                                  // nobody listens any more

        Assert.Equal(["aten::linear", "aten::reshape", "aten::detach", "aten::sum", "aten::add_.Tensor", "aten::cat"],
            calls.Select(c => c.Call.Operator.Name));
        Assert.Equal([linear, null, null, null, null, null], calls.Select(c => c.Layer));
        OperatorCall call = calls[0].Call;
        Assert.Equal([input, linear.Weight, linear.Bias], call.Tensors);
        Assert.Same(linear.Weight, call.Tensor(1));
        Assert.Equal([1, 3], Assert.Single(call.Results).Shape);
        Assert.Equal([3, 1], calls[1].Call.Integers(1));
        Assert.Null(calls[1].Call.Integers(0));
        Assert.Empty(calls[4].Call.Results);                          // it changed its argument
        Assert.Equal([input, input], calls[5].Call.Tensors);
        Assert.Equal(1, calls[5].Call.Integer(1));
        Assert.Null(calls[5].Call.Integer(2));
        Assert.Null(Layer.Current);
    }

    [Fact]
    public void ALayerThatFailsIsNotTheCurrentOneAnyMore()
    {
        using var scope = new TensorScope();
        using var linear = new Linear(2, 3);
        using (Layer.Observe((_, _, _) => { })) Assert.Throws<TorchException>(() => linear.Forward(Tensor.Ones([1, 5])));
        Assert.Null(Layer.Current);
    }
}
