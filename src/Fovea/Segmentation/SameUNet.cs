using Fovea.Backbones;
using Fovea.Segmentation.Parts;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>U-Net with padding: its maps keep their sizes, batch norm follows every convolution, and maps are enlarged
/// bilinearly.</summary>
/// <remarks>Ronneberger, Fischer, Brox: "U-Net: Convolutional Networks for Biomedical Image Segmentation" (MICCAI 2015), section 2, figure
/// 1, in the form that most programs have today. As bilinear enlargement keeps the number of channels, the last level down has no more of
/// them than the one before it, and each level up halves them between its two convolutions.</remarks>
public sealed class SameUNet : Segmenter
{
    private const int Levels = 4;

    private readonly DoubleConvolution[] _down = new DoubleConvolution[Levels + 1], _merge = new DoubleConvolution[Levels];
    private readonly Dropout _dropout;
    private readonly Conv2d _classifier;

    /// <summary>A U-Net of some width.</summary>
    /// <param name="options">What is common to all segmenters; there are no auxiliary heads. Dropout follows the last two levels down, and
    /// is none where the options do not say, because batch norm is there.</param>
    /// <param name="width">Channels of the first level, doubled from level to level: 64 in the paper.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public SameUNet(SegmenterOptions options, int width = 64, Generator? generator = null) : base(options.ClassCount)
    {
        long Channels(int level) => (long)width << Math.Min(level, Levels - 1);
        DoubleConvolution Block(long channels, long between, long output) =>
            new(channels, between, output, 1, c => new BatchNorm2d(c), generator);
        for (int i = 0; i <= Levels; i++)
            _down[i] = Child($"down{i + 1}", Block(i == 0 ? 3 : Channels(i - 1), Channels(i), Channels(i)));
        for (int i = Levels - 1; i >= 0; i--)
            _merge[i] = Child($"merge{i + 1}", Block(2 * Channels(i), Channels(i), Channels(Math.Max(i - 1, 0))));
        _dropout = Child("dropout", new Dropout(options.Dropout ?? 0));
        _classifier = Child("classifier", new Conv2d(width, ClassCount, 1, generator: generator));
        InitialWeights.FanIn(this, generator);
        Stages = [.. Enumerable.Range(0, Levels + 1)
            .Select(i => new BackboneStage($"down{i + 1}", [$"down{i + 1}."], Channels(i), 1 << i))];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["classifier."];

    /// <inheritdoc/>
    protected override int SizeDivisor => 1 << Levels;

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        using var scope = new TensorScope();
        var maps = new Tensor[Levels + 1];
        for (int i = 0; i <= Levels; i++) maps[i] = Down(i, i == 0 ? images : maps[i - 1]);     // N,C,H/2^i,W/2^i
        Tensor x = maps[Levels];
        for (int i = Levels - 1; i >= 0; i--)
        {
            Tensor merged = Merge(i, x, maps[i]);
            scope.Release(x);
            scope.Release(maps[i]);
            x = merged;
        }
        return [scope.Keep(_classifier.Forward(x))];
    }

    private Tensor Down(int level, Tensor x)
    {
        using var scope = new TensorScope();
        Tensor map = _down[level].Forward(level == 0 ? x.ChannelsLast() : Functional.MaxPool2d(x, 2, 2));
        return scope.Keep(level >= Levels - 1 ? _dropout.Forward(map) : map);
    }

    private Tensor Merge(int level, Tensor coarse, Tensor fine)
    {
        using var scope = new TensorScope();
        Tensor up = Functional.ResizeBilinear(coarse, fine.Size(2), fine.Size(3)), joined = Tensor.Cat([fine, up], 1);  // N,2C,h,w
        scope.Release(up);
        return scope.Keep(_merge[level].Forward(joined));
    }
}
