using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Layers;

/// <summary>The two fully connected layers of a transformer's or mixer's block, with GELU between them: ... x D to ... x D.</summary>
/// <remarks>Vaswani et al.: "Attention Is All You Need" (NIPS 2017), section 3.3, with the GELU of Dosovitskiy et al.: "An Image Is Worth
/// 16x16 Words" (ICLR 2021), section 3.1.</remarks>
public class Mlp : Layer
{
    private readonly Linear _first, _second;
    private readonly Dropout _drop;

    /// <summary>Two layers.</summary>
    /// <param name="width">D: numbers of a position, in and out.</param>
    /// <param name="hidden">Numbers between the layers.</param>
    /// <param name="dropout">Chance that a number is dropped after either layer while training.</param>
    /// <param name="names">Names of the two layers in the state: "0" and "3" as in torchvision's MLP where not given.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public Mlp(long width, long hidden, double dropout = 0, (string First, string Second)? names = null, Generator? generator = null)
    {
        (string first, string second) = names ?? ("0", "3");
        _first = Child(first, new Linear(width, hidden, generator: generator));
        _second = Child(second, new Linear(hidden, width, generator: generator));
        _drop = Child("dropout", new Dropout(dropout));
    }

    /// <summary>The two layers, in order.</summary>
    public IReadOnlyList<Linear> Layers => [_first, _second];

    /// <inheritdoc/>
    protected override Tensor Apply(Tensor input) =>
        _drop.Forward(_second.Forward(_drop.Forward(_first.Forward(input).Activate(Activation.Gelu))));
}
