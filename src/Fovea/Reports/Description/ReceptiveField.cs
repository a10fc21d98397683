namespace Fovea.Reports.Description;

/// <summary>What one number of a map depends on, along one direction of the picture.</summary>
/// <remarks>Araujo, Norris, Sim: "Computing Receptive Fields of Convolutional Neural Networks" (Distill 2019), section 2: from the picture
/// on, a window of k taps makes a field larger by (k - 1) steps, and a stride multiplies the step. Padding counts as if it were picture:
/// a field may be larger than the picture. Where ways of different fields meet, the larger one holds.</remarks>
/// <param name="Size">Pixels from its first to its last, both included; infinite where it is the whole picture, however large.</param>
/// <param name="Stride">Pixels of the picture from one number of the map to the next (the article's effective stride).</param>
public readonly record struct ReceptiveField(double Size, double Stride)
{
    /// <summary>That of the picture itself.</summary>
    public static ReceptiveField Pixel => new(1, 1);

    /// <summary>Whether every number sees the whole picture.</summary>
    public bool IsWhole => double.IsPositiveInfinity(Size);

    /// <summary>After a convolution or pooling.</summary>
    public ReceptiveField Window(long kernel, long stride = 1, long dilation = 1) =>
        new(Size + dilation * (kernel - 1) * Stride, Stride * stride);

    /// <summary>After a transposed convolution: a number of its result meets every stride-th tap of the kernel.</summary>
    public ReceptiveField Transposed(long kernel, long stride = 1, long dilation = 1)
    {
        long extent = dilation * (kernel - 1) + 1;
        long meetings = dilation % stride == 0 ? kernel : (extent + stride - 1) / stride;
        return new(Size + (meetings - 1) * Stride * (dilation % stride == 0 ? dilation / stride : 1), Stride / stride);
    }

    /// <summary>After resizing, each number from so many neighbours.</summary>
    /// <param name="before">Length before.</param>
    /// <param name="after">Length after.</param>
    /// <param name="taps">1 for the nearest, 2 linear, 4 cubic.</param>
    public ReceptiveField Resized(long before, long after, int taps) =>
        before == after ? this : new(Size + (taps - 1) * Stride, Stride * before / after);

    /// <summary>After something that gathers from everywhere.</summary>
    public ReceptiveField Everywhere() => this with { Size = double.PositiveInfinity };

    /// <summary>Where two ways meet.</summary>
    public ReceptiveField Join(ReceptiveField other) => new(Math.Max(Size, other.Size), Math.Max(Stride, other.Stride));
}

/// <summary>A receptive field in both directions.</summary>
/// <param name="Vertical">From top to bottom.</param>
/// <param name="Horizontal">From left to right.</param>
internal readonly record struct Sight(ReceptiveField Vertical, ReceptiveField Horizontal)
{
    public static Sight Pixel => new(ReceptiveField.Pixel, ReceptiveField.Pixel);

    public Sight Everywhere() => new(Vertical.Everywhere(), Horizontal.Everywhere());

    public Sight Window(IReadOnlyList<long> kernel, IReadOnlyList<long> stride, IReadOnlyList<long>? dilation = null) =>
        new(Vertical.Window(kernel[0], stride[0], dilation?[0] ?? 1), Horizontal.Window(kernel[^1], stride[^1], dilation?[^1] ?? 1));

    public Sight Join(Sight other) => new(Vertical.Join(other.Vertical), Horizontal.Join(other.Horizontal));
}
