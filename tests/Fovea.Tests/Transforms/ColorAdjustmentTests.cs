using System.Text.Json;
using Fovea.Data;
using Fovea.Imaging;
using Fovea.Transforms;

namespace Fovea.Tests.Transforms;

public class ColorAdjustmentTests
{
    private static readonly JsonElement Goldens = ReadGoldens();
    private static readonly Image Input = new(new ImageSize(Goldens.GetProperty("height").GetInt32(),
        Goldens.GetProperty("width").GetInt32()),
        Bytes(Goldens.GetProperty("input")));

    [Fact]
    public void Bytes_are_those_of_torchvision()
    {
        foreach (JsonElement golden in Goldens.GetProperty("cases").EnumerateArray())
        {
            string operation = golden.GetProperty("operation").GetString()!;
            double value = golden.GetProperty("value").GetDouble();
            byte[] expected = Bytes(golden.GetProperty("pixels")), actual = Apply(operation, Input, value).Pixels;
            for (int i = 0; i < expected.Length; i++)
                Assert.True(Math.Abs(expected[i] - actual[i]) <= (operation == "hue" ? 1 : 0),
                    $"{operation} {value}: byte {i} is {actual[i]}, not {expected[i]}");
        }
    }

    [Fact]
    public void Normalized_floats_are_those_of_torch_bit_for_bit()
    {
        int[] expected = [.. Goldens.GetProperty("normalized_bits").EnumerateArray().Select(e => e.GetInt32())];
        var planes = new float[Input.Pixels.Length];
        Normalization.ImageNet.Write(Input, planes, (int)Input.Size.Pixels, Input.Width);
        Assert.Equal(expected, planes.Select(BitConverter.SingleToInt32Bits));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 16)]
    [InlineData(4, 37)]
    public void The_vector_path_agrees_with_one_pixel_at_a_time(int height, int width)
    {
        var random = new SampleRandom(3);
        var pixels = new byte[height * width * 3];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)random.Next(256);
        var image = new Image(new ImageSize(height, width), pixels);
        byte[] saturated = ColorAdjustment.Saturation(image, 1.5).Pixels, turned = ColorAdjustment.Hue(image, 1.0 / 3).Pixels,
            lit = ColorAdjustment.Brightness(image, 1.2).Pixels;
        for (int i = 0; i < pixels.Length; i += 3)
        {
            float grey = MathF.Floor(pixels[i] * 0.2989f + pixels[i + 1] * 0.587f + pixels[i + 2] * 0.114f) * -0.5f;
            for (int c = 0; c < 3; c++)
            {
                Assert.Equal((byte)Math.Clamp(pixels[i + c] * 1.5f + grey, 0, 255), saturated[i + c]);
                Assert.Equal((byte)Math.Clamp(pixels[i + c] * 1.2f, 0, 255), lit[i + c]);
                Assert.InRange(turned[i + (c + 1) % 3], pixels[i + c] - 1,
                    pixels[i + c] + 1); // a third of a turn: red to green to blue
            }
        }
    }

    [Fact]
    public void Normalization_leaves_the_padding_alone()
    {
        Image image = TestSamples.Gradient(3, 18);
        var planes = new float[3 * 5 * 20];
        planes.AsSpan().Fill(-9);
        new Normalization((0, 0.5f, 0), (1, 0.25f, 1)).Write(image, planes, 5 * 20, 20);
        for (int y = 0; y < 5; y++)
            for (int x = 0; x < 20; x++)
            {
                bool inside = y < 3 && x < 18;
                Assert.Equal(inside ? y / 255f : -9, planes[y * 20 + x]);
                Assert.Equal(inside ? (x / 255f - 0.5f) / 0.25f : -9, planes[100 + y * 20 + x]);
                Assert.Equal(inside ? 7 / 255f : -9, planes[200 + y * 20 + x]);
            }
        Assert.Throws<ArgumentException>(() => Normalization.None.Write(image, planes, 100, 17));
        Assert.Throws<ArgumentException>(() => Normalization.None.Write(image, planes, 50, 18));
        Assert.Throws<ArgumentException>(() => Normalization.None.Write(image, planes.AsSpan(0, 160), 54, 18));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Normalization((0, 0, 0), (1, 0, 1)));
    }

    [Fact]
    public void Jitter_changes_colours_within_its_strength_and_nothing_else()
    {
        Sample sample = TestSamples.Of(TestSamples.Gradient(20, 30), TestSamples.Boxed(1, 2, 3, 4));
        var random = new SampleRandom(4);
        Sample jittered = new ColorJitter(brightness: 0.2).Apply(sample, ref random);
        Assert.Same(sample.Annotations, jittered.Annotations);
        Assert.NotEqual(sample.Image.Pixels, jittered.Image.Pixels);
        for (int i = 0; i < sample.Image.Pixels.Length; i++)
            Assert.InRange(jittered.Image.Pixels[i], (int)(sample.Image.Pixels[i] * 0.8), (int)(sample.Image.Pixels[i] * 1.2));
        Assert.Same(sample.Image, new ColorJitter().Apply(sample, ref random).Image);
    }

    [Fact]
    public void Wrong_parameters_are_told()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new ColorJitter(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ColorJitter(hue: 0.6));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ColorJitter(contrast: double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => ColorAdjustment.Hue(Input, 0.51));
        Assert.Throws<ArgumentOutOfRangeException>(() => ColorAdjustment.Saturation(Input, -0.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => ColorAdjustment.Brightness(Input, double.PositiveInfinity));
    }

    private static Image Apply(string operation, Image image, double value) => operation switch
    {
        "brightness" => ColorAdjustment.Brightness(image, value),
        "contrast" => ColorAdjustment.Contrast(image, value),
        "saturation" => ColorAdjustment.Saturation(image, value),
        "hue" => ColorAdjustment.Hue(image, value),
        _ => throw new ArgumentException(operation),
    };

    private static byte[] Bytes(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetByte())];

    private static JsonElement ReadGoldens()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!Directory.Exists(Path.Combine(folder.FullName, "tests", "goldens")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException($"No tests/goldens above {AppContext.BaseDirectory}.");
        return JsonDocument.Parse(File.ReadAllText(Path.Combine(folder.FullName, "tests", "goldens", "transforms",
            "color_adjustment.json"))).RootElement;
    }
}
