using Fovea.Detection;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Tests.Detection;

/// <summary>What the tests of both YOLOs share.</summary>
internal static class YoloBoxes
{
    /// <summary>Boxes of many sizes and places inside a picture, the borders and one pixel among them.</summary>
    public static IEnumerable<Box> Varied(int height, int width)
    {
        yield return new Box(0, 0, width, height);
        yield return new Box(0, 0, 1, 1);
        yield return new Box(width - 1, height - 1, width, height);
        yield return new Box(0, height / 2, width, height / 2 + 1);
        var random = new Random(3);
        for (int i = 0; i < 40; i++)
        {
            double x = random.NextDouble() * (width - 2), y = random.NextDouble() * (height - 2);
            yield return new Box(x, y, x + 1 + random.NextDouble() * (width - x - 1), y + 1 + random.NextDouble() * (height - y - 1));
        }
    }

    public static void AssertNear(Box expected, Box actual) => Assert.True(
        new[] { expected.X1 - actual.X1, expected.Y1 - actual.Y1, expected.X2 - actual.X2, expected.Y2 - actual.Y2 }.Max(Math.Abs) < 1e-3,
        $"{expected} became {actual}");

    /// <summary>After the first time, a step with an object and a prediction leave as many tensors as there were.</summary>
    public static void AssertLeavesNothing(Detector model, Image picture)
    {
        Run();
        long before = LiveTensors.Settled();
        Run();
        Assert.Equal(before, Tensor.LiveCount);

        void Run()
        {
            using var scope = new TensorScope();
            using var generator = new Generator(1);
            ImageBatch batch = model.Transform.Batch([picture]);
            var target = new DetectionTarget(Tensor.From<float>([2, 2, 20, 30], 1, 4), Tensor.From<long>([1], 1));
            model.Train();
            model.ComputeLosses(batch, [target], generator).Values.Aggregate((sum, loss) => sum + loss).Backward();
            model.ZeroGrad();
            model.Train(false);
            model.Predict(batch);
        }
    }
}
