namespace Fovea.Torch.Nn;

/// <summary>Passes its input on.</summary>
public sealed class Identity : Layer
{
    /// <inheritdoc/>
    protected override Tensor Apply(Tensor input) => input;
}

/// <summary>Zeroes elements with some probability while training, and scales the rest so that their mean stays.</summary>
/// <remarks>Srivastava et al.: "Dropout" (JMLR 2014).</remarks>
/// <param name="probability">How often an element is dropped: 0 to 1.</param>
public sealed class Dropout(double probability) : Layer
{
    /// <summary>How often an element is dropped.</summary>
    public double Probability => probability;

    /// <inheritdoc/>
    protected override Tensor Apply(Tensor input) => Functional.Dropout(input, probability, Training);
}

/// <summary>All dimensions after the first as one: N x C x H x W to N x CHW, row by row.</summary>
public sealed class Flatten : Layer
{
    /// <inheritdoc/>
    protected override Tensor Apply(Tensor input) => input.Flatten(1);
}
