using System.Text.Json;
using Fovea.Classification;
using Fovea.Imaging;
using Fovea.Tests.Parity;
using Fovea.Torch;

namespace Fovea.Tests.Classification;

/// <summary>Pictures become what torchvision's preset for classification makes of them: tests/goldens/classification/transform.json.</summary>
public class ClassificationTransformTests
{
    private static readonly JsonElement Goldens = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(ParityGolden.Folder, "..", "classification", "transform.json"))).RootElement;

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Goldens.GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void PixelsAreTorchvisions(int index)
    {
        JsonElement golden = Goldens[index];
        int Int(string name) => golden.GetProperty(name).GetInt32();
        int height = Int("height"), width = Int("width");
        float[] planes = FormulaPictures.Pixels(Int("picture"), height, width);
        byte[] pixels = new byte[3 * height * width];
        for (int i = 0; i < height * width; i++)
            for (int c = 0; c < 3; c++) pixels[3 * i + c] = (byte)(planes[c * height * width + i] * 255);
        var transform = new ClassificationTransform
        {
            ResizeSize = Int("resize"), ImageSize = Int("crop"),
            Interpolation = Enum.Parse<Interpolation>(golden.GetProperty("interpolation").GetString()!, ignoreCase: true),
        };
        using var scope = new TensorScope();
        float[] actual = transform.Batch([new Image(new ImageSize(height, width), pixels)]).ToArray<float>();
        float[] expected = [.. golden.GetProperty("values").EnumerateArray().Select(v => (float)v.GetDouble())];
        Assert.Equal(expected.Length, actual.Length);
        double step = 1 / (255 * 0.224);                                     // one grey level, normalised
        double[] differences = [.. actual.Zip(expected).Select(p => Math.Abs(p.First - p.Second) / step)];
        Assert.True(differences.Max() < 0.01, $"{differences.Max()} levels");  // the golden numbers have five digits
    }

    [Fact]
    public void SquaresOfAnotherSizeAreRefused()
    {
        var transform = new ClassificationTransform { ResizeSize = 8, ImageSize = 8 };
        var image = new Image(new ImageSize(8, 9), new byte[216]);
        Assert.Contains("8 x 9, but 8 x 8 is needed", Assert.Throws<ArgumentException>(() => transform.BatchOfSquares([image])).Message);
        Assert.Throws<ArgumentException>(() => transform.Batch([]));
        Assert.Equal(new ImageSize(8, 8), transform.Prepare(new Image(new ImageSize(1, 1), new byte[3])).Size);
    }
}
