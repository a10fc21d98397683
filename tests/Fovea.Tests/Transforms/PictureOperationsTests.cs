using System.Text.Json;
using Fovea.Data;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Tests.Parity;
using Fovea.Transforms;

namespace Fovea.Tests.Transforms;

/// <summary>The operations of augmentation policies give Pillow's bytes: tests/goldens/transforms.</summary>
public class PictureOperationsTests
{
    private static readonly JsonElement Goldens = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(ParityGolden.Folder, "..", "transforms", "operations.json"))).RootElement;

    private static readonly Image Picture = new(
        new ImageSize(Goldens.GetProperty("height").GetInt32(), Goldens.GetProperty("width").GetInt32()),
        Goldens.GetProperty("picture").GetBytesFromBase64());

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Goldens.GetProperty("cases").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void BytesArePillows(int index)
    {
        JsonElement golden = Goldens.GetProperty("cases")[index];
        var operation = Enum.Parse<PictureOperation>(golden.GetProperty("operation").GetString()!);
        byte[] before = [.. Picture.Pixels];
        byte[] actual = PictureOperations.Apply(Picture, operation, golden.GetProperty("magnitude").GetDouble()).Pixels;
        byte[] expected = golden.GetProperty("pixels").GetBytesFromBase64();
        Assert.Equal(before, Picture.Pixels);
        bool colours = operation is PictureOperation.Brightness or PictureOperation.Color or PictureOperation.Contrast or PictureOperation.Sharpness;
        int different = actual.Zip(expected).Count(pair => Math.Abs(pair.First - pair.Second) > (colours ? 1 : 0));
        // A centre that falls on the border of two pixels goes either way, by rounding.
        Assert.True(different <= (operation == PictureOperation.Rotate ? actual.Length / 50 : 0), $"{operation}: {different} bytes differ");
    }

    [Theory]
    [InlineData("autoaugment")]
    [InlineData("trivialaugment")]
    public void RangesAreTorchvisions(string policy)
    {
        var operations = new List<PictureOperation>();
        foreach (JsonProperty golden in Goldens.GetProperty(policy).EnumerateObject())
        {
            var operation = Enum.Parse<PictureOperation>(golden.Name);
            operations.Add(operation);
            double[] expected = [.. golden.Value.EnumerateArray().Select(value => value.GetDouble())];
            OperationRange range = policy == "autoaugment"
                ? OperationRange.OfAutoAugment(operation, Picture.Height, Picture.Width) : OperationRange.OfTrivialAugment(operation);
            for (int i = 0; i < expected.Length; i++)
                Assert.Equal(expected[i], range.At(i / (expected.Length - 1.0), operation), 1e-4);
            Assert.Equal(operation is not (PictureOperation.Posterize or PictureOperation.Solarize), range.HasTwoDirections);
        }
        Assert.Equal(11, operations.Count);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 9)]
    [InlineData(3, 8)]
    [InlineData(9, 60)]
    public void SharpeningIsThePlainFormula(int height, int width)
    {
        byte[] pixels = new byte[3 * height * width];
        new Random(height).NextBytes(pixels);
        foreach (double factor in (double[])[0, 0.3, 1, 1.9])
        {
            byte[] actual = Sharpening.Apply(new Image(new ImageSize(height, width), pixels), factor).Pixels;
            for (int y = 0, i = 0; y < height; y++)
                for (int x = 0; x < width; x++)
                    for (int c = 0; c < 3; c++, i++)
                    {
                        double smooth = pixels[i];
                        if (y > 0 && x > 0 && y < height - 1 && x < width - 1)
                        {
                            double sum = 4 * smooth;
                            for (int dy = -1; dy <= 1; dy++)
                                for (int dx = -1; dx <= 1; dx++) sum += pixels[3 * ((y + dy) * width + x + dx) + c];
                            smooth = Math.Floor(sum / 13 + 0.5);
                        }
                        Assert.InRange(actual[i] - Math.Clamp(smooth + factor * (pixels[i] - smooth), 0, 255), -1, 1e-3);
                    }
        }
    }

    [Fact]
    public void OneColourHasNothingToStretchOrSpread()
    {
        var flat = new Image(new ImageSize(4, 5), [.. Enumerable.Repeat((byte)77, 60)]);
        Assert.Equal(flat.Pixels, PictureOperations.Apply(flat, PictureOperation.AutoContrast).Pixels);
        Assert.Equal(flat.Pixels, PictureOperations.Apply(flat, PictureOperation.Equalize).Pixels);
    }

    public static TheoryData<Transform> Policies =>
    [
        new RandAugment(), new TrivialAugment(), new AutoAugment(AutoAugmentPolicy.Cifar10), new AutoAugment(AutoAugmentPolicy.ImageNet),
        new AutoAugment(AutoAugmentPolicy.Svhn), new RandomErasing(0.9), new RandomPaddedCrop(3), new RandomResizedCrop(9),
    ];

    [Theory]
    [MemberData(nameof(Policies))]
    public void ChancesComeFromTheStreamAlone(Transform transform)
    {
        var sample = new Sample(new ImageRecord(0, "a", Picture.Size, []), Picture, []);
        var seen = new HashSet<string>();
        for (ulong seed = 0; seed < 40; seed++)
        {
            SampleRandom one = new(seed), other = new(seed);
            byte[] pixels = transform.Apply(sample, ref one).Image.Pixels;
            Assert.Equal(pixels, transform.Apply(sample, ref other).Image.Pixels);
            seen.Add(Convert.ToBase64String(pixels));
        }
        Assert.True(seen.Count > 8, $"only {seen.Count} different pictures");
        var objects = sample with { Annotations = [new Annotation { Box = new Box(0, 0, 4, 4), Category = 0 }] };
        Assert.Throws<ArgumentException>(() =>
        {
            SampleRandom random = new(1);
            transform.Apply(objects, ref random);
        });
    }

    [Fact]
    public void ResizedCropsHaveTheAreasAndShapesThatWereAsked()
    {
        var crop = new RandomResizedCrop(8, 0.2, 1.5);
        var whole = new ImageSize(200, 300);
        SampleRandom random = new(5);
        double least = 1, most = 0;
        for (int i = 0; i < 500; i++)
        {
            (int top, int left, ImageSize size) = crop.Draw(whole, ref random);
            Assert.True(top >= 0 && left >= 0 && top + size.Height <= 200 && left + size.Width <= 300);
            double area = (double)size.Pixels / whole.Pixels, ratio = (double)size.Width / size.Height;
            Assert.InRange(ratio, 1 / 1.52, 1.52);
            (least, most) = (Math.Min(least, area), Math.Max(most, area));
        }
        Assert.InRange(least, 0.19, 0.25);
        Assert.InRange(most, 0.9, 1.0);
        // A strip has no part of such a shape and area: its middle.
        Assert.Equal((0, 495, new ImageSize(6, 9)), new RandomResizedCrop(8, 0.9, 1.5).Draw(new ImageSize(6, 1000 - 1), ref random));
    }

    [Fact]
    public void ErasingCoversOneRectangle()
    {
        var sample = new Sample(new ImageRecord(0, "a", new ImageSize(20, 20), []), new Image(new ImageSize(20, 20), new byte[1200]), []);
        SampleRandom random = new(3);
        Image erased = new RandomErasing(1, new Rgb(255, 255, 255)).Apply(sample, ref random).Image;
        int[] covered = [.. Enumerable.Range(0, 400).Where(i => erased.Pixels[3 * i] == 255)];
        int height = covered.Max(i => i / 20) - covered.Min(i => i / 20) + 1, width = covered.Max(i => i % 20) - covered.Min(i => i % 20) + 1;
        Assert.Equal(height * width, covered.Length);
        Assert.InRange(covered.Length, 4, 150);
    }
}
