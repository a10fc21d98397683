using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Tests.Structures;

public class SoftMaskTests
{
    // A square of one pixel, framed by zeros, stretched over three pixels: the middle one is its own, the others lie one pixel away.
    [Fact]
    public void Worked_by_hand()
    {
        var mask = new SoftMask(new Box(3, 2, 4, 3), 1, [0.8f]);
        float[] pasted = mask.Paste(new ImageSize(6, 8));
        // The box grows to 2..5 and 1..4 (whole pixels, both ends in): 4 pixels over 3 cells, so that the middle two are 0.625 of 0.8.
        Assert.Equal(0.8f * 0.625f * 0.625f, pasted[2 * 8 + 3], 1e-6f);
        Assert.Equal(0.3125f, mask.Paste(new ImageSize(6, 8)).Max(), 1e-6f);
        Assert.Equal(4, mask.Cut(new ImageSize(6, 8), 0.3f).Area());
        Assert.Equal(0, mask.Cut(new ImageSize(6, 8), 0.32f).Area());
    }

    // libtorch's bilinear interpolation of the framed square, laid over the grown box.
    [Theory]
    [InlineData(5.3, 2.1, 30.9, 20.4)]
    [InlineData(-7, -3, 12, 9)]               // hangs over the edges
    [InlineData(25, 15, 60, 50)]
    [InlineData(10, 10, 10.2, 10.1)]          // less than a pixel
    [InlineData(100, 100, 120, 130)]          // beside the picture
    public void Is_the_square_stretched_over_its_box(double x1, double y1, double x2, double y2)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(3);
        const int Side = 7;
        var size = new ImageSize(24, 40);
        Tensor square = Tensor.Rand([1, 1, Side, Side], generator);
        var mask = new SoftMask(new Box(x1, y1, x2, y2), Side, square.Flatten().ToArray<float>());

        float scale = (Side + 2f) / Side;
        (int left, int right) = Grow((float)x1, (float)x2, scale);
        (int top, int bottom) = Grow((float)y1, (float)y2, scale);
        Tensor stretched = Functional.ResizeBilinear(square.Pad([1, 1, 1, 1]), bottom - top + 1, right - left + 1)[0, 0];
        var expected = new float[size.Pixels];
        for (int y = Math.Max(top, 0); y < Math.Min(bottom + 1, size.Height); y++)
            for (int x = Math.Max(left, 0); x < Math.Min(right + 1, size.Width); x++)
                expected[y * size.Width + x] = (float)stretched[y - top, x - left].Item();

        float[] pasted = mask.Paste(size);
        for (int i = 0; i < pasted.Length; i++) Assert.Equal(expected[i], pasted[i], 1e-5f);
        byte[] cut = mask.Cut(size).ToBitmap().Pixels;
        Assert.Equal(pasted.Select(p => p > 0.5f ? (byte)1 : (byte)0), cut);

        static (int, int) Grow(float first, float second, float scale)
        {
            float half = (second - first) * 0.5f * scale, centre = (second + first) * 0.5f;
            return ((int)(centre - half), Math.Max((int)(centre + half), (int)(centre - half)));
        }
    }

    [Fact]
    public void Refuses_what_is_no_mask()
    {
        Assert.Contains("9 numbers", Assert.Throws<ArgumentException>(() => new SoftMask(new Box(0, 0, 1, 1), 3, new float[8])).Message);
        Assert.Throws<ArgumentException>(() => new SoftMask(new Box(double.NaN, 0, 1, 1), 1, new float[1]));
    }

    [Fact]
    public void A_huge_box_neither_overflows_nor_takes_memory()
    {
        var mask = new SoftMask(new Box(-1e12, -1e12, 1e12, 1e12), 2, [1, 1, 1, 1]);
        Assert.Equal(12, mask.Cut(new ImageSize(3, 4)).Area());
    }
}
