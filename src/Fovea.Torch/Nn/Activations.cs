namespace Fovea.Torch.Nn;

/// <summary>max(x, 0), in place: the layer before it must not need its own output for its gradient.</summary>
public sealed class Relu : Layer
{
    /// <inheritdoc/>
    protected override Tensor Apply(Tensor input) => input.ReluInPlace();
}

/// <summary>Passes its input on.</summary>
public sealed class Identity : Layer
{
    /// <inheritdoc/>
    protected override Tensor Apply(Tensor input) => input;
}

/// <summary>Largest value in each window.</summary>
/// <param name="kernel">Height and width of the window.</param>
/// <param name="stride">Step of the window.</param>
/// <param name="padding">Border that no window's maximum comes from.</param>
public sealed class MaxPool2d(long kernel, long stride, long padding = 0) : Layer
{
    /// <inheritdoc/>
    protected override Tensor Apply(Tensor input) => Functional.MaxPool2d(input, kernel, stride, padding);
}
