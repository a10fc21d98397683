using System.Text.Json;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Tests.Structures;

/// <summary>Run lengths against COCO's own functions (tests/goldens/masks/make_masks.py), and motions against bitmaps.</summary>
public class RunLengthMaskTests
{
    private static readonly MaskGoldens Goldens = MaskGoldens.Read();

    [Fact]
    public void Bitmaps_have_COCOs_runs_area_and_box()
    {
        foreach (BitmapGolden golden in Goldens.Bitmaps)
        {
            Mask bitmap = golden.ToMask();
            var mask = RunLengthMask.FromBitmap(bitmap);
            Assert.Equal(golden.Counts, mask.ToCompressed());
            Assert.Equal(mask, RunLengthMask.FromCompressed(golden.Counts, bitmap.Size));
            Assert.Equal(bitmap.Pixels, mask.ToBitmap().Pixels);
            Assert.Equal(golden.Area, mask.Area());
            Assert.Equal(Box.FromXywh(golden.Box[0], golden.Box[1], golden.Box[2], golden.Box[3]), mask.BoundingBox());
        }
    }

    [Fact]
    public void Outlines_and_boxes_cover_the_pixels_that_COCO_gives_them()
    {
        foreach (PolygonGolden golden in Goldens.Polygons)
            Assert.Equal(golden.Counts, RunLengthMask.FromPolygons(golden.Outlines, golden.ImageSize).ToCompressed());
        foreach (BoxGolden golden in Goldens.Boxes)
            Assert.Equal(golden.Counts, RunLengthMask.FromBox(
                Box.FromXywh(golden.Box[0], golden.Box[1], golden.Box[2], golden.Box[3]), golden.ImageSize).ToCompressed());
        Assert.Equal(RunLengthMask.Empty(new ImageSize(2, 3)), RunLengthMask.FromPolygons([], new ImageSize(2, 3)));
    }

    [Fact]
    public void Unions_intersections_and_overlaps_are_COCOs()
    {
        foreach (SetGolden golden in Goldens.Sets)
        {
            RunLengthMask[] masks = [.. golden.Masks.Select(text => RunLengthMask.FromCompressed(text, golden.ImageSize))];
            Assert.Equal(golden.Union, RunLengthMask.Merge(masks, intersect: false).ToCompressed());
            Assert.Equal(golden.Common, RunLengthMask.Merge(masks, intersect: true).ToCompressed());
            double[,] overlaps = RunLengthMask.IoU(masks, masks, golden.Crowd.Select(flag => flag != 0).ToArray());
            for (int d = 0; d < masks.Length; d++)
                for (int g = 0; g < masks.Length; g++) Assert.Equal(golden.Iou[d][g], overlaps[d, g]);
        }
    }

    [Fact]
    public void A_square_worked_by_hand()
    {
        // 3 rows, 4 columns; the middle row of columns 1 and 2, and the top of column 3: 4 off, 1 on, 2 off, 1 on, 1 off, 1 on, 2 off.
        var mask = RunLengthMask.FromUncompressed([4, 1, 2, 1, 1, 1, 2], new ImageSize(3, 4));
        Assert.Equal(new byte[] { 0, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0 }, mask.ToBitmap().Pixels);
        Assert.Equal((3L, new Box(1, 0, 4, 2)), (mask.Area(), mask.BoundingBox()));
        // Two more of the pixels of the square above, one of them common: 2 of 3 + 3 - 2.
        var other = RunLengthMask.FromUncompressed([4, 1, 2, 1, 2, 1, 1], new ImageSize(3, 4));
        Assert.Equal(2, mask.Intersection(other));
        Assert.Equal(0.5, mask.IoU(other));
        Assert.Equal(mask, RunLengthMask.FromUncompressed([4, 0, 0, 1, 2, 1, 1, 1, 0, 0, 2, 0], new ImageSize(3, 4)));
        Assert.NotEqual(mask, other);
        Assert.Equal(0, RunLengthMask.Empty(new ImageSize(3, 4)).IoU(RunLengthMask.Empty(new ImageSize(3, 4))));
    }

    [Fact]
    public void Motions_are_those_of_the_bitmap()
    {
        var random = new Random(5);
        foreach (BitmapGolden golden in Goldens.Bitmaps)
        {
            Mask bitmap = golden.ToMask();
            (int height, int width) = bitmap.Size;
            var mask = RunLengthMask.FromBitmap(bitmap);
            Assert.Equal(Drawn(bitmap.Size, (y, x) => bitmap[y, width - 1 - x]), mask.FlipHorizontal());
            Assert.Equal(Drawn(bitmap.Size, (y, x) => bitmap[height - 1 - y, x]), mask.FlipVertical());

            int top = random.Next(-height, height), left = random.Next(-width, width);
            var size = new ImageSize(random.Next(1, 2 * height + 1), random.Next(1, 2 * width + 1));
            Assert.Equal(
                Drawn(size, (y, x) => (uint)(y + top) < height && (uint)(x + left) < width && bitmap[y + top, x + left]),
                mask.Crop(top, left, size));
            int[] rows = RunLengthMask.NearestSource(height, size.Height), columns = RunLengthMask.NearestSource(width, size.Width);
            Assert.Equal(Drawn(size, (y, x) => bitmap[rows[y], columns[x]]), mask.Resize(size));
        }
    }

    [Fact]
    public void Wide_bitmaps_and_any_value_but_0_count()
    {
        var random = new Random(9);
        var pixels = new byte[90 * 131];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)0;
        var mask = RunLengthMask.FromBitmap(new Mask(new ImageSize(90, 131), pixels));
        Assert.Equal(pixels.Select(value => value == 0 ? (byte)0 : (byte)1), mask.ToBitmap().Pixels);
    }

    [Theory]
    [InlineData("", "add up to 0")]
    [InlineData("6", "add up to 6")]
    [InlineData("=", "beyond the 12 pixels")]
    [InlineData("N", "runs are not negative")]
    [InlineData("P", "ends in the middle")]
    [InlineData("<\n", "Character 1")]
    [InlineData("<\u00ff", "Character 1")]
    [InlineData("oooooooooooooooo0", "too large")]
    [InlineData("ooooooo0", "too large")]
    public void A_wrong_text_is_refused(string text, string expected)
    {
        var error = Assert.Throws<ArgumentException>(() => RunLengthMask.FromCompressed(text, new ImageSize(3, 4)));
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void Wrong_runs_sizes_and_outlines_are_refused()
    {
        var size = new ImageSize(3, 4);
        Refused("not negative", () => RunLengthMask.FromUncompressed([13, -1], new ImageSize(3, 5)));
        Refused("beyond", () => RunLengthMask.FromUncompressed([1, long.MaxValue], size));
        Refused("add up to 11", () => RunLengthMask.FromUncompressed([1, 10], size));
        Refused("at least 1 x 1", () => RunLengthMask.Empty(new ImageSize(0, 4)));
        Refused("at most 4,294,967,295", () => RunLengthMask.FromCompressed("0", new ImageSize(65536, 65536)));
        Refused("has 4 numbers", () => RunLengthMask.FromPolygons([[0, 0, 1, 1]], size));
        Refused("has 7 numbers", () => RunLengthMask.FromPolygons([[0, 0, 1, 1, 0, 1], [0, 0, 1, 1, 0, 1, 2]], size));
        foreach (double wrong in (double[])[double.NaN, double.PositiveInfinity, -1e9])
            Refused("has the coordinate", () => RunLengthMask.FromPolygons([[0, 0, 1, 1, 0, wrong]], size));
        Refused("At least one mask", () => RunLengthMask.Merge([], intersect: false));
        Refused("3 x 4 and 4 x 3", () => RunLengthMask.Empty(size).IoU(RunLengthMask.Empty(new ImageSize(4, 3))));

        // A mask of a huge picture is small; only its bitmap is not.
        var huge = RunLengthMask.FromUncompressed([uint.MaxValue - 1L, 1], new ImageSize(65535, 65537));
        Assert.Equal(new Box(65536, 65534, 65537, 65535), huge.BoundingBox());
        Assert.Contains("Crop or resize", Assert.Throws<InvalidOperationException>(huge.ToBitmap).Message);
        Assert.Equal(1, huge.Crop(65530, 65530, new ImageSize(20, 20)).Area());

        static void Refused(string expected, Func<object> make) =>
            Assert.Contains(expected, Assert.Throws<ArgumentException>(make).Message);
    }

    private static RunLengthMask Drawn(ImageSize size, Func<int, int, bool> isSet)
    {
        var pixels = new byte[size.Pixels];
        for (int y = 0; y < size.Height; y++)
            for (int x = 0; x < size.Width; x++) pixels[y * size.Width + x] = isSet(y, x) ? (byte)1 : (byte)0;
        return RunLengthMask.FromBitmap(new Mask(size, pixels));
    }
}

internal sealed record BitmapGolden(string[] Rows, string Counts, long Area, double[] Box)
{
    public Mask ToMask() => new(new ImageSize(Rows.Length, Rows[0].Length), [.. Rows.SelectMany(row => row.Select(c => (byte)(c - '0')))]);
}

internal sealed record PolygonGolden(int[] Size, double[][] Outlines, string Counts)
{
    public ImageSize ImageSize => new(Size[0], Size[1]);
}

internal sealed record BoxGolden(int[] Size, double[] Box, string Counts)
{
    public ImageSize ImageSize => new(Size[0], Size[1]);
}

internal sealed record SetGolden(int[] Size, string[] Masks, int[] Crowd, string Union, string Common, double[][] Iou)
{
    public ImageSize ImageSize => new(Size[0], Size[1]);
}

internal sealed record MaskGoldens(BitmapGolden[] Bitmaps, PolygonGolden[] Polygons, BoxGolden[] Boxes, SetGolden[] Sets)
{
    public static MaskGoldens Read()
    {
        string? folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder ?? throw new InvalidOperationException("Fovea.slnx was not found."), "Fovea.slnx")))
            folder = Path.GetDirectoryName(folder);
        using FileStream file = File.OpenRead(Path.Combine(folder, "tests", "goldens", "masks", "masks.json"));
        return JsonSerializer.Deserialize<MaskGoldens>(file, JsonSerializerOptions.Web)!;
    }
}
