namespace Fovea.Imaging.Tests;

internal static class Pixels
{
    /// <summary>Compares two pictures pixel by pixel; the message names the first pixel that differs.</summary>
    public static void AssertClose(ImageSize size, byte[] expected, Image actual, int tolerance)
    {
        Assert.Equal(size, actual.Size);
        for (int i = 0; i < expected.Length; i++)
            if (Math.Abs(expected[i] - actual.Pixels[i]) > tolerance)
                Assert.Fail($"Channel {i % 3} of pixel ({i / 3 / size.Width}, {i / 3 % size.Width}): expected {expected[i]}, found {actual.Pixels[i]}.");
    }

    /// <summary>A picture of any pixels, always the same for a seed.</summary>
    public static Image Noise(int height, int width, int seed = 1)
    {
        var pixels = new byte[height * width * 3];
        new Random(seed).NextBytes(pixels);
        return new Image(new ImageSize(height, width), pixels);
    }

    /// <summary>A picture of smooth colours, which lossy formats keep well.</summary>
    public static Image Smooth(int height, int width)
    {
        var pixels = new byte[height * width * 3];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                int i = (y * width + x) * 3;
                pixels[i] = (byte)(255 * x / width);
                pixels[i + 1] = (byte)(255 * y / height);
                pixels[i + 2] = (byte)(128 + 60 * Math.Sin(x * 0.05 + y * 0.03));
            }
        return new Image(new ImageSize(height, width), pixels);
    }
}

/// <summary>A folder of its own for one test, gone afterwards.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("fovea-imaging-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public string Write(string name, byte[] data)
    {
        System.IO.File.WriteAllBytes(File(name), data);
        return File(name);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
