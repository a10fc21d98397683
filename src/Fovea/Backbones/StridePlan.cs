namespace Fovea.Backbones;

/// <summary>Strides layer by layer, with dilation in their place once the output stride is reached.</summary>
/// <remarks>Yu and Koltun: "Multi-Scale Context Aggregation by Dilated Convolutions" (ICLR 2016). A layer that loses its stride still sees
/// what it saw; those behind it must look twice as far: every second pixel of the larger map is the smaller one's.</remarks>
/// <param name="outputStride">Pixels of the picture to a pixel of the coarsest map.</param>
internal sealed class StridePlan(int outputStride)
{
    /// <summary>Pixels of the picture to a pixel of the map so far.</summary>
    public int Stride { get; private set; } = 1;

    /// <summary>Distance between the taps of a layer that comes now.</summary>
    public long Dilation { get; private set; } = 1;

    /// <summary>The next layer, which would have this stride: the stride that it gets, and its dilation.</summary>
    public (long Stride, long Dilation) Next(int stride)
    {
        long dilation = Dilation;
        if (Stride * stride > outputStride) (Dilation, stride) = (Dilation * stride, 1);
        Stride *= stride;
        return (stride, dilation);
    }
}
