using Fovea.Imaging.Drawing;
using FsCheck;
using FsCheck.Fluent;

namespace Fovea.Imaging.Tests.Drawing;

public class MaskOutlineTests
{
    [Fact]
    public void An_empty_mask_has_no_outline() => Assert.Empty(MaskOutline.Trace(new byte[12], new ImageSize(3, 4)));

    [Fact]
    public void One_pixel_has_four_edges()
    {
        (double Y, double X)[] line = MaskOutline.Trace([0, 0, 0, 0, 1, 0], new ImageSize(2, 3)).Single();
        Assert.Equal([(1, 1.5), (1.5, 2), (2, 1.5), (1.5, 1)], line); // clockwise from the upper edge
    }

    [Fact]
    public void A_ring_has_an_outer_and_an_inner_line() =>
        Assert.Equal([4, 12], MaskOutline.Trace([1, 1, 1, 1, 0, 1, 1, 1, 1], new ImageSize(3, 3)).Select(line => line.Length).Order());

    [Fact]
    public void Pixels_that_touch_at_a_corner_are_two_objects() =>
        Assert.Equal([4, 4], MaskOutline.Trace([1, 0, 0, 1], new ImageSize(2, 2)).Select(line => line.Length));

    [Fact]
    public void Every_edge_between_object_and_background_is_passed_once()
    {
        var masks = from height in Gen.Choose(1, 12)
                    from width in Gen.Choose(1, 12)
                    from pixels in Gen.Choose(0, 1).ArrayOf(height * width)
                    select (Size: new ImageSize(height, width), Mask: pixels.Select(p => (byte)p).ToArray());
        Prop.ForAll(masks.ToArbitrary(), sample =>
        {
            (ImageSize size, byte[] mask) = sample;
            int edges = 0;
            for (int y = 0; y <= size.Height; y++)
                for (int x = 0; x <= size.Width; x++)
                {
                    if (Object(y, x) != Object(y, x - 1)) edges++;
                    if (Object(y, x) != Object(y - 1, x)) edges++;
                }
            return MaskOutline.Trace(mask, size).Sum(line => line.Length) == edges;

            bool Object(int y, int x) => y >= 0 && x >= 0 && y < size.Height && x < size.Width && mask[y * size.Width + x] != 0;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithReplay(11, 1));
    }

    [Fact]
    public void Noise_is_not_traced()
    {
        var size = new ImageSize(1000, 1000);
        byte[] mask = [.. Enumerable.Range(0, 1_000_000).Select(i => (byte)((i + i / 1000) & 1))];
        Assert.Empty(MaskOutline.Trace(mask, size));
    }
}
