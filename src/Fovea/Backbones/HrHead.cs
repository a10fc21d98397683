using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>The head of HRNetV2-C: every map widened by a bottleneck, summed from fine to coarse, then 2,048 means and a classifier
/// (Wang et al. 2021, appendix on ImageNet classification).</summary>
/// <remarks>Its parts are children of the network itself, as in the authors' code: this is a way to run them.</remarks>
internal sealed class HrHead : IDisposable
{
    private const int Last = 2048;

    private static readonly long[] Widths = [32, 64, 128, 256];

    private readonly ModuleList<Sequential> _widen;
    private readonly ConvolutionUnit[] _shrink;
    private readonly ConvolutionUnit _last;
    private readonly Linear _classifier;

    public HrHead(long[] channels, int classes, BackboneOptions options, Generator? generator)
    {
        _widen = new ModuleList<Sequential>(channels.Select((count, i) =>
            new Sequential(HrModule.Bottleneck(count, Widths[i], options, generator))));
        Sequential Convolution(long from, long to, long kernel, long stride) => new(
            new Conv2d(from, to, kernel, stride, kernel / 2, generator: generator), options.Norm(to));
        ConvolutionUnit Unit(Sequential layers) => new((Conv2d)layers[0], layers[1], Activation.Relu);
        var shrink = new ModuleList<Sequential>(Enumerable.Range(1, channels.Length - 1).Select(i =>
            Convolution(4 * Widths[i - 1], 4 * Widths[i], 3, 2)));
        Sequential last = Convolution(4 * Widths[^1], Last, 1, 1);
        (_shrink, _last) = ([.. shrink.Select(Unit)], Unit(last));
        _classifier = new Linear(Last, classes, generator: generator);
        Parts = [("incre_modules", _widen), ("downsamp_modules", shrink), ("final_layer", last), ("classifier", _classifier)];
    }

    /// <summary>The parts that have parameters, in order.</summary>
    public IReadOnlyList<(string Name, Module Module)> Parts { get; }

    /// <summary>The maps of all resolutions to class scores N x K.</summary>
    public Tensor Forward(Tensor[] maps)
    {
        using var scope = new TensorScope();
        Tensor x = _widen[0].Forward(maps[0]);
        for (int i = 1; i < maps.Length; i++) x = _widen[i].Forward(maps[i]) + _shrink[i - 1].Forward(x);
        return scope.Keep(_classifier.Forward(_last.Forward(x).Mean([2, 3])));
    }

    /// <summary>Releases what was packed for prediction.</summary>
    public void Dispose()
    {
        foreach (ConvolutionUnit unit in _shrink) unit.Dispose();
        _last.Dispose();
    }
}
