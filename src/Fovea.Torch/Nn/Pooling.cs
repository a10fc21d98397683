namespace Fovea.Torch.Nn;

/// <summary>Largest value in each window.</summary>
/// <param name="kernel">Height and width of the window.</param>
/// <param name="stride">Step of the window.</param>
/// <param name="padding">Border that no window's maximum comes from.</param>
/// <param name="ceilMode">Whether windows that reach beyond the border count: sizes are rounded up.</param>
public sealed class MaxPool2d(long kernel, long stride, long padding = 0, bool ceilMode = false) : Layer
{
    /// <summary>Height and width of the window.</summary>
    public long Kernel => kernel;

    /// <summary>Step of the window.</summary>
    public long Stride => stride;

    /// <summary>Border that no window's maximum comes from.</summary>
    public long Padding => padding;

    /// <inheritdoc/>
    protected override Tensor Apply(Tensor input) => Functional.MaxPool2d(input, kernel, stride, padding, ceilMode);
}

/// <summary>Mean of each window; padding counts as zeros.</summary>
/// <param name="kernel">Height and width of the window.</param>
/// <param name="stride">Step of the window.</param>
/// <param name="padding">Zeros on each side.</param>
public sealed class AvgPool2d(long kernel, long stride, long padding = 0) : Layer
{
    /// <summary>Height and width of the window.</summary>
    public long Kernel => kernel;

    /// <summary>Step of the window.</summary>
    public long Stride => stride;

    /// <summary>Zeros on each side.</summary>
    public long Padding => padding;

    /// <inheritdoc/>
    protected override Tensor Apply(Tensor input) => Functional.AvgPool2d(input, kernel, stride, padding);
}

/// <summary>Means over windows that tile the map into a grid: N x C x H x W to N x C x height x width.</summary>
/// <param name="height">Rows of the grid.</param>
/// <param name="width">Columns of the grid.</param>
public sealed class AdaptiveAvgPool2d(long height = 1, long width = 1) : Layer
{
    /// <inheritdoc/>
    protected override Tensor Apply(Tensor input) => Functional.AdaptiveAvgPool2d(input, height, width);
}
