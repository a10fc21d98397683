using System.Text.Json;

namespace Fovea.Torch.Tests.Optim;

/// <summary>Values of torch.optim and torch.nn.init: tests/goldens/optim/make.py.</summary>
internal static class OptimGoldens
{
    private static readonly JsonDocument Document = JsonDocument.Parse(File.ReadAllBytes(Goldens.Path("optim", "optim.json")));

    public static double[] Numbers(string name) => Document.RootElement.GetProperty(name).Deserialize<double[]>()!;

    public static double[][] Steps(string name) => Document.RootElement.GetProperty(name).Deserialize<double[][]>()!;

    public static void AssertClose(double[] expected, double[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"element {i}: expected {expected[i]:r}, got {actual[i]:r}");
    }
}
