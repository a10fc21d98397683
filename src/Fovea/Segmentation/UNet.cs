using Fovea.Backbones;
using Fovea.Layers;
using Fovea.Segmentation.Parts;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>U-Net: a contracting path, and an expanding one that is given the maps of the first by copying and cropping.</summary>
/// <remarks>Ronneberger, Fischer, Brox: "U-Net: Convolutional Networks for Biomedical Image Segmentation" (MICCAI 2015), section 2, figure
/// 1: convolutions without padding, so that a picture of 572 x 572 makes scores of 388 x 388. So that there are scores for every pixel,
/// pictures are padded with their mirror images, which is the paper's overlap-tile strategy with a single tile; <see cref="Geometry"/> and
/// <see cref="ForwardTile"/> let others cut tiles. Dropout "at the end of the contracting path" (section 3.1) follows its last two levels,
/// with the 0.5 of the authors' program, as the paper names no number. Weights begin as in the paper's section 3. Pictures have three
/// colours, not one.</remarks>
public sealed class UNet : Segmenter
{
    private const int Levels = 4;

    private readonly DoubleConvolution[] _down = new DoubleConvolution[Levels + 1], _merge = new DoubleConvolution[Levels];
    private readonly ConvTranspose2d[] _up = new ConvTranspose2d[Levels];
    private readonly Dropout _dropout;
    private readonly Conv2d _classifier;

    /// <summary>A U-Net of some width.</summary>
    /// <param name="options">What is common to all segmenters; there are no auxiliary heads.</param>
    /// <param name="width">Channels of the first level, doubled from level to level: 64 in the paper.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public UNet(SegmenterOptions options, int width = 64, Generator? generator = null) : base(options.ClassCount)
    {
        long Channels(int level) => (long)width << level;
        for (int i = 0; i <= Levels; i++)
            _down[i] = Child($"down{i + 1}",
                new DoubleConvolution(i == 0 ? 3 : Channels(i - 1), Channels(i), Channels(i), 0, null, generator));
        for (int i = Levels - 1; i >= 0; i--)
        {
            _up[i] = Child($"up{i + 1}", new ConvTranspose2d(Channels(i + 1), Channels(i), 2, 2, generator: generator));
            _merge[i] = Child($"merge{i + 1}", new DoubleConvolution(Channels(i + 1), Channels(i), Channels(i), 0, null, generator));
        }
        _dropout = Child("dropout", new Dropout(options.Dropout ?? 0.5));
        _classifier = Child("classifier", new Conv2d(width, ClassCount, 1, generator: generator));
        InitialWeights.FanIn(this, generator);
        Stages = [.. Enumerable.Range(0, Levels + 1)
            .Select(i => new BackboneStage($"down{i + 1}", [$"down{i + 1}."], Channels(i), 1 << i))];
    }

    /// <summary>What it sees and tells: 388 of 572 pixels, and in general 4 + 16 n of 188 + 16 n.</summary>
    public static TileGeometry Geometry => new(Margin: 92, Least: 4, Step: 16);

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["classifier."];

    /// <summary>Scores of the middle of a tile, without any padding.</summary>
    /// <param name="tile">N x 3 x H x W, normalised, with sides that fit <see cref="Geometry"/>.</param>
    /// <returns>N x K x (H - 184) x (W - 184).</returns>
    /// <exception cref="ArgumentException">A side does not fit.</exception>
    public Tensor ForwardTile(Tensor tile)
    {
        if (!Geometry.Fits(tile.Size(2)) || !Geometry.Fits(tile.Size(3)))
            throw new ArgumentException($"{tile.Describe()} arrived, but sides of a tile are 188, 204, 220, ... pixels long: see " +
                "UNet.Geometry, or let Forward pad the pictures.", nameof(tile));
        using var scope = new TensorScope();
        var maps = new Tensor[Levels + 1];
        for (int i = 0; i <= Levels; i++) maps[i] = Down(i, i == 0 ? tile : maps[i - 1]);
        Tensor x = maps[Levels];
        for (int i = Levels - 1; i >= 0; i--)
        {
            Tensor merged = Merge(i, x, maps[i]);
            scope.Release(x);
            scope.Release(maps[i]);
            x = merged;
        }
        return scope.Keep(_classifier.Forward(x));
    }

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        (long height, long width) = (images.Size(2), images.Size(3));
        long below = Geometry.OutputSize(height) - height, right = Geometry.OutputSize(width) - width;
        Tensor tile = MirrorPadding.Pad(images, Geometry.Margin, Geometry.Margin + below, Geometry.Margin, Geometry.Margin + right);
        return [ForwardTile(tile).Slice(2, 0, height).Slice(3, 0, width)];
    }

    private Tensor Down(int level, Tensor x)
    {
        using var scope = new TensorScope();
        Tensor map = _down[level].Forward(level == 0 ? x.ChannelsLast() : Functional.MaxPool2d(x, 2, 2));
        return scope.Keep(level >= Levels - 1 ? _dropout.Forward(map) : map);
    }

    // The coarser map, twice as large, beside the middle of the finer one.
    private Tensor Merge(int level, Tensor coarse, Tensor fine)
    {
        using var scope = new TensorScope();
        Tensor up = _up[level].Forward(coarse);
        (long height, long width) = (up.Size(2), up.Size(3));
        (long top, long left) = ((fine.Size(2) - height) / 2, (fine.Size(3) - width) / 2);
        Tensor middle = fine.Slice(2, top, top + height).Slice(3, left, left + width);
        Tensor joined = Tensor.Cat([middle, up], 1).ChannelsLast();                     // N,2C,h,w
        scope.Release(up);
        return scope.Keep(_merge[level].Forward(joined));
    }
}
