using System.Buffers;
using Fovea.Imaging;
using Fovea.Ops.Kernels;
using Fovea.Torch;

namespace Fovea.Segmentation.Crf;

/// <summary>The bilateral kernel exp(-|p_i - p_j|^2 / (2 theta_alpha^2) - |I_i - I_j|^2 / (2 theta_beta^2)), by a permutohedral lattice of
/// five dimensions.</summary>
internal sealed unsafe class BilateralKernel : CrfKernel
{
    private const int Dimension = 5;

    private readonly PermutohedralLattice _lattice;
    private readonly float[]? _before, _after;      // H*W factors each: what normalises

    private BilateralKernel(PermutohedralLattice lattice, CrfNormalization normalization, int threads)
    {
        _lattice = lattice;
        if (normalization == CrfNormalization.None) return;
        using LaneBuffer ones = new(1, lattice.PointCount), sums = new(1, lattice.PointCount);
        new Span<float>(ones.Start, lattice.PointCount * Lanes.Count).Fill(1);
        lattice.Filter(ones, null, sums, null, transposed: false, threads);
        _after = new float[lattice.PointCount];
        for (int i = 0; i < _after.Length; i++)
        {
            float sum = sums.Start[(nint)i * Lanes.Count];
            _after[i] = 1 / (normalization == CrfNormalization.Symmetric ? MathF.Sqrt(sum) : sum);
        }
        if (normalization == CrfNormalization.Symmetric) _before = _after;
    }

    /// <summary>The kernel of a picture.</summary>
    public static BilateralKernel Of(Image picture, double width, double colorWidth, CrfNormalization normalization, int threads = 0) =>
        Build(picture.Size, (pixel, channel) => picture.Pixels[3 * pixel + channel], width, colorWidth, normalization, threads);

    /// <summary>The kernel of a picture that is a tensor.</summary>
    /// <param name="planes">3 x H x W floats, red, green, blue, 0 to 255.</param>
    /// <param name="size">H and W.</param>
    /// <param name="width">theta_alpha.</param>
    /// <param name="colorWidth">theta_beta.</param>
    /// <param name="normalization">How to bring its sums to scale.</param>
    /// <param name="threads">Threads at most; 0: one a core.</param>
    public static BilateralKernel Of(float* planes, ImageSize size, double width, double colorWidth, CrfNormalization normalization,
        int threads = 0) =>
        Build(size, (pixel, channel) => planes[channel * size.Pixels + pixel], width, colorWidth, normalization, threads);

    private static BilateralKernel Build(ImageSize size, Func<int, int, float> color, double width, double colorWidth,
        CrfNormalization normalization, int threads)
    {
        int pixels = checked((int)size.Pixels);
        float[] features = ArrayPool<float>.Shared.Rent(checked(pixels * Dimension));
        float place = (float)(1 / width), level = (float)(1 / colorWidth);
        for (int pixel = 0, at = 0; pixel < pixels; pixel++, at += Dimension)
        {
            (features[at], features[at + 1]) = (pixel % size.Width * place, pixel / size.Width * place);
            for (int channel = 0; channel < 3; channel++) features[at + 2 + channel] = color(pixel, channel) * level;
        }
        try
        {
            var lattice = new PermutohedralLattice(features.AsSpan(0, pixels * Dimension), Dimension, threads);
            return new BilateralKernel(lattice, normalization, threads);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(features);
        }
    }

    /// <inheritdoc/>
    public override void Filter(LaneBuffer input, LaneBuffer output, bool transposed, int threads) =>
        _lattice.Filter(input, transposed ? _after : _before, output, transposed ? _before : _after, transposed, threads);

    /// <inheritdoc/>
    public override Tensor Compose(Tensor values)
    {
        using var scope = new TensorScope();
        Tensor points = values.Flatten(1).Transpose(0, 1);                                     // H*W,C
        if (_before is not null) points = points * Column(_before);
        points = LatticeComposition.Filter(_lattice, points);
        if (_after is not null) points = points * Column(_after);
        return scope.Keep(points.Transpose(0, 1).Reshape(values.Shape));                       // C,H,W

        Tensor Column(float[] factors) => Tensor.From(factors, factors.Length, 1).To(values.Device, values.DType);
    }

    /// <inheritdoc/>
    public override void Dispose() => _lattice.Dispose();
}
