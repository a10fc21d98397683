using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation.Parts;

/// <summary>States of several layers, reduced by 1x1 convolutions, each added to the sum of those after it, and smoothed by a 3x3
/// convolution.</summary>
/// <remarks>Zheng et al.: "Rethinking Semantic Segmentation from a Sequence-to-Sequence Perspective with Transformers" (CVPR 2021), section
/// 3.2, "Multi-Level feature Aggregation (MLA)", figure 1c: the top-down aggregation.</remarks>
internal sealed class MultiLevelAggregation : Module
{
    private readonly ModuleList<ConvNormActivation> _reduce, _smooth;

    /// <param name="levels">Number of states.</param>
    /// <param name="channels">C of each.</param>
    /// <param name="width">Channels that they are reduced to.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public MultiLevelAggregation(int levels, long channels, long width, Generator? generator = null)
    {
        ModuleList<ConvNormActivation> Level(long from, long kernel) => new(Enumerable.Range(0, levels).Select(_ =>
            new ConvNormActivation(from, width, kernel, 1, c => new BatchNorm2d(c), generator: generator)));
        _reduce = Child("reduce", Level(channels, 1));
        _smooth = Child("smooth", Level(width, 3));
        InitialWeights.FanIn(this, generator);
    }

    /// <summary>States N x C x h x w, first layers first, to N x width x h x w each.</summary>
    public Tensor[] Forward(Tensor[] states)
    {
        using var scope = new TensorScope();
        var streams = new Tensor[states.Length];
        Tensor? sum = null;
        for (int i = states.Length - 1; i >= 0; i--)
        {
            Tensor reduced = _reduce[i].Forward(states[i]);
            sum = sum is null ? reduced : sum + reduced;
            streams[i] = _smooth[i].Forward(sum);
        }
        return scope.Keep(streams);
    }
}
