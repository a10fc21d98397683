using Fovea.Backbones;
using Fovea.Segmentation.Parts;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>GCN, global convolutional network: scores from every map of a ResNet through kernels nearly as large as the map, refined at the
/// boundaries and enlarged step by step.</summary>
/// <remarks>Peng, Zhang, Yu, Luo, Sun: "Large Kernel Matters: Improve Semantic Segmentation by Global Convolutional Network" (CVPR 2017),
/// section 3, figure 2: k = 15, as many channels as classes everywhere behind the backbone, the first scores at the backbone's four maps, the
/// last at the size of the picture. Deconvolutions are 4x4 and begin as bilinear interpolation, which the paper leaves open. The paper's
/// ResNet-GCN, whose blocks have large kernels too, is another backbone.</remarks>
public sealed class Gcn : Segmenter
{
    private const int Levels = 4, Steps = 5;

    private readonly Backbone _backbone;
    private readonly ModuleList<GlobalConvolution> _scores;
    private readonly ModuleList<ResidualConvolutionUnit> _refineScores, _refineSums;
    private readonly ModuleList<ConvTranspose2d> _enlarge;

    /// <summary>Puts the layers on a backbone.</summary>
    /// <param name="backbone">A network without a head that gives maps at 1/4, 1/8, 1/16 and 1/32 of the picture.</param>
    /// <param name="options">What is common to all segmenters; there are no auxiliary heads and there is no dropout.</param>
    /// <param name="kernel">k, odd: 15 in the paper.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentException">The backbone's maps are others, or the kernel is even.</exception>
    public Gcn(Backbone backbone, SegmenterOptions options, int kernel = 15, Generator? generator = null) : base(options.ClassCount)
    {
        int[] strides = [.. backbone.Features.Select(stage => stage.Stride)];
        if (!strides.AsSpan().SequenceEqual([4, 8, 16, 32]))
            throw new ArgumentException($"A backbone with maps of strides [{string.Join(", ", strides)}] arrived: [4, 8, 16, 32] were expected.",
                nameof(backbone));
        ModuleList<ResidualConvolutionUnit> Refinements(int count) =>
            new(Enumerable.Range(0, count).Select(_ => new ResidualConvolutionUnit(ClassCount, preactivated: false, generator)));
        _backbone = Child("backbone", backbone);
        _scores = Child("scores", new ModuleList<GlobalConvolution>(
            backbone.Features.Select(stage => new GlobalConvolution(stage.Channels, ClassCount, kernel, generator))));
        _refineScores = Child("refine_scores", Refinements(Levels));
        _refineSums = Child("refine_sums", Refinements(Steps));
        _enlarge = Child("enlarge", new ModuleList<ConvTranspose2d>(Enumerable.Range(0, Steps).Select(_ => Twice())));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => [.. _backbone.Stages.Select(stage => stage.Under("backbone."))];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["scores.", "refine_scores.", "refine_sums.", "enlarge."];

    /// <inheritdoc/>
    protected override int SizeDivisor => 32;

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        using var scope = new TensorScope();
        Tensor[] maps = _backbone.Forward(images);
        Tensor sum = Scores(Levels - 1, maps[Levels - 1]);                              // N,K,H/32,W/32
        for (int level = Levels - 2; level >= 0; level--)
            sum = _refineSums[level + 2].Forward(_enlarge[level + 2].Forward(sum) + Scores(level, maps[level]));
        for (int step = 1; step >= 0; step--) sum = _refineSums[step].Forward(_enlarge[step].Forward(sum));
        return [scope.Keep(sum)];                                                       // N,K,H,W
    }

    private Tensor Scores(int level, Tensor map)
    {
        using var scope = new TensorScope();
        return scope.Keep(_refineScores[level].Forward(_scores[level].Forward(map)));
    }

    // N,K,h,w to N,K,2h,2w.
    private ConvTranspose2d Twice()
    {
        var layer = new ConvTranspose2d(ClassCount, ClassCount, 4, stride: 2, padding: 1, bias: false);
        Init.Bilinear(layer.Weight);
        return layer;
    }
}
