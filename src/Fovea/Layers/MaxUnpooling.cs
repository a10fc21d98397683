using Fovea.Torch;

namespace Fovea.Layers;

/// <summary>Max pooling that remembers where each maximum was, and max unpooling, which puts values back there.</summary>
/// <remarks>Zeiler, Taylor, Fergus: "Adaptive Deconvolutional Networks for Mid and High Level Feature Learning" (ICCV 2011); in
/// segmentation since SegNet and DeconvNet (2015). A place is the number of a pixel of the map before pooling, counted row by row. Where
/// windows do not overlap, as here, no two values meet in one place.</remarks>
public static class MaxUnpooling
{
    private static readonly Operator PoolWithPlaces = new("aten::max_pool2d_with_indices"), UnpoolTo = new("aten::max_unpool2d");

    /// <summary>Largest value in each window, and its place: the first one where several are equal.</summary>
    /// <param name="input">N x C x H x W.</param>
    /// <param name="size">Side of the windows, which lie side by side; what is left on the right and below belongs to none.</param>
    /// <returns>Both N x C x H/size x W/size, rounded down; places are int64.</returns>
    public static (Tensor Values, Tensor Places) Pool(Tensor input, int size = 2)
    {
        long[] window = [Check.Positive(size, nameof(size)), size];
        return PoolWithPlaces.Call2(input, window, window);
    }

    /// <summary>Puts every value where its maximum was, and zero elsewhere.</summary>
    /// <param name="values">N x C x h x w.</param>
    /// <param name="places">From <see cref="Pool"/>, of the same shape.</param>
    /// <param name="height">Of the map before pooling.</param>
    /// <param name="width">Of the map before pooling.</param>
    /// <returns>N x C x height x width.</returns>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor Unpool(Tensor values, Tensor places, long height, long width)
    {
        if (!values.Shape.AsSpan().SequenceEqual(places.Shape))
            throw new ArgumentException($"{values.Describe()} arrived with places {places.Describe()}: one for each value was expected, " +
                "from the pooling that made this size.", nameof(places));
        return UnpoolTo.Call(values, places, (long[])[height, width]);
    }
}
