using Fovea.Layers;
using Fovea.Torch;

namespace Fovea.Tests.Layers;

/// <summary>The lectures' three ways to undo a pooling.</summary>
public class UnpoolingTests
{
    private static readonly double[] Corners = [1, 2, 3, 4];

    [Fact]
    public void NearestRepeatsEveryPixel()
    {
        using var scope = new TensorScope();
        using var layer = new NearestUnpooling();
        double[] expected = [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4];
        Tensor output = layer.Forward(Tensor.From(Corners, 1, 1, 2, 2));
        Assert.Equal([1, 1, 4, 4], output.Shape);
        Assert.Equal(expected, output.ToArray<double>());
    }

    [Fact]
    public void BedOfNailsFillsUpperLeftCorners()
    {
        using var scope = new TensorScope();
        using var layer = new BedOfNailsUnpooling();
        double[] expected = [1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0];
        Tensor output = layer.Forward(Tensor.From(Corners, 1, 1, 2, 2));
        Assert.Equal([1, 1, 4, 4], output.Shape);
        Assert.Equal(expected, output.ToArray<double>());
    }

    /// <summary>Maxima 5, 6, 7, 8 lie at places 5, 3, 12 and 14, rows of four from the upper left; 1, 2, 3, 4 go there.</summary>
    [Fact]
    public void MaxUnpoolingPutsValuesWhereMaximaWere()
    {
        using var scope = new TensorScope();
        double[] pixels = [1, 2, 3, 6, 3, 5, 2, 1, 1, 2, 2, 1, 7, 3, 8, 4];
        (Tensor values, Tensor places) = MaxUnpooling.Pool(Tensor.From(pixels, 1, 1, 4, 4));
        Assert.Equal([5.0, 6, 7, 8], values.ToArray<double>());
        Assert.Equal([5L, 3, 12, 14], places.ToArray<long>());
        double[] expected = [0, 0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 3, 0, 4, 0];
        Assert.Equal(expected, MaxUnpooling.Unpool(Tensor.From(Corners, 1, 1, 2, 2), places, 4, 4).ToArray<double>());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void UnpoolingIsThatOfALoop(int factor)
    {
        using var scope = new TensorScope();
        using var nearest = new NearestUnpooling(factor);
        using var nails = new BedOfNailsUnpooling(factor);
        using var generator = new Generator(7);
        const int height = 2, width = 3;
        Tensor small = Tensor.Randn([2, 3, height, width], generator, DType.Float64).ChannelsLast();
        Tensor large = Tensor.Randn([2, 3, height * factor, width * factor], generator, DType.Float64);
        (Tensor values, Tensor places) = MaxUnpooling.Pool(large, factor);
        double[] from = small.Contiguous().ToArray<double>(), pixels = large.ToArray<double>();
        double[] repeated = new double[pixels.Length], corners = new double[pixels.Length], maxima = new double[pixels.Length];
        for (int plane = 0, i = 0; plane < 6; plane++)
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++, i++)
                {
                    int[] window = [.. Enumerable.Range(0, factor * factor).Select(k =>
                        (plane * height * factor + y * factor + k / factor) * width * factor + x * factor + k % factor)];
                    foreach (int place in window) repeated[place] = from[i];
                    corners[window[0]] = from[i];
                    maxima[window.MaxBy(place => pixels[place])] = from[i];
                }
        Assert.Equal(repeated, nearest.Forward(small).Contiguous().ToArray<double>());
        Assert.Equal(corners, nails.Forward(small).Contiguous().ToArray<double>());
        Assert.Equal(maxima, MaxUnpooling.Unpool(small.Contiguous(), places, height * factor, width * factor).ToArray<double>());
    }

    /// <summary>The last row and column of an odd map are in no window; unpooling to its size leaves them zero.</summary>
    [Fact]
    public void OddSizesComeBack()
    {
        using var scope = new TensorScope();
        (Tensor values, Tensor places) = MaxUnpooling.Pool(Tensor.From([1.0, 2, 9, 3, 4, 9, 9, 9, 9], 1, 1, 3, 3));
        Assert.Equal([0.0, 0, 0, 0, 4, 0, 0, 0, 0], MaxUnpooling.Unpool(values, places, 3, 3).ToArray<double>());
    }

    [Fact]
    public void GradientsAreThoseOfFiniteDifferences()
    {
        using var nearest = new NearestUnpooling();
        using var nails = new BedOfNailsUnpooling();
        double[] values = [.. Enumerable.Range(0, 16).Select(i => Math.Sin(7 * i) + 0.1 * i)];
        GradientCheck.Run(nearest.Forward, values, [2, 2, 2, 2]);
        GradientCheck.Run(nails.Forward, values, [2, 2, 2, 2]);
        GradientCheck.Run(input => MaxUnpooling.Pool(input).Values, values, [1, 1, 4, 4]);
        GradientCheck.Run(input =>
        {
            (Tensor pooled, Tensor places) = MaxUnpooling.Pool(input);
            return MaxUnpooling.Unpool(pooled * pooled, places, 4, 4);
        }, values, [1, 1, 4, 4]);
    }

    [Fact]
    public void PlacesOfAnotherSizeAreRefused()
    {
        using var scope = new TensorScope();
        (_, Tensor places) = MaxUnpooling.Pool(Tensor.Zeros([1, 1, 4, 4]));
        var error = Assert.Throws<ArgumentException>(() => MaxUnpooling.Unpool(Tensor.Zeros([1, 1, 2, 3]), places, 4, 6));
        Assert.Contains("float32[1, 1, 2, 3]", error.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new NearestUnpooling(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BedOfNailsUnpooling(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => MaxUnpooling.Pool(Tensor.Zeros([1, 1, 4, 4]), 0));
    }
}
