using System.Text.Json;
using Fovea.Detection;
using Fovea.Imaging;

namespace Fovea.Tests.Parity;

/// <summary>Pictures are resized to torchvision's sizes, to the pixel.</summary>
public class ResizedSizeTests
{
    [Fact]
    public void SizesAreThoseOfTorchvision014()
    {
        int[][] rows = JsonSerializer.Deserialize<int[][]>(File.ReadAllText(Path.Combine(ParityGolden.Folder, "resized_sizes.json")))!;
        Assert.Equal(204, rows.Length);
        int apart = 0;
        foreach (int[] row in rows)
        {
            var transform = new DetectionTransform { MinSize = row[0], MaxSize = row[1] };
            var size = new ImageSize(row[2], row[3]);
            Assert.Equal((size, new ImageSize(row[4], row[5])), (size, transform.ResizedSize(size)));
            if ((transform with { Rounding = ScaleRounding.Float64 }).ResizedSize(size) != transform.ResizedSize(size)) apart++;
        }
        Assert.InRange(apart, 40, 160);   // the sizes tell the two roundings apart
    }

    [Theory]
    [InlineData(427, 640, 800, 1199)]    // 799 x 1199 in float32
    [InlineData(375, 500, 800, 1066)]    // 799 x 1066 in float32
    [InlineData(480, 640, 800, 1066)]
    [InlineData(600, 1000, 799, 1333)]   // 1000 pixels become 1333: 600 x 1.333 is 799.8
    public void Float64KeepsTheShorterSide(int height, int width, int resizedHeight, int resizedWidth) =>
        Assert.Equal(new ImageSize(resizedHeight, resizedWidth),
            new DetectionTransform { Rounding = ScaleRounding.Float64 }.ResizedSize(new ImageSize(height, width)));
}
