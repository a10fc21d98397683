using Fovea.Weights;

namespace Fovea.Tests.Parity;

/// <summary>Pictures by the formula of tests/goldens/parity/make_reference.py: patches of 24 and of 5 pixels and noise, in steps of 1/256.</summary>
internal static class FormulaPictures
{
    /// <summary>3 x H x W in 0..1.</summary>
    public static float[] Pixels(int index, int height, int width)
    {
        var sums = new int[3 * height * width];
        foreach ((int size, int weight) in (ReadOnlySpan<(int, int)>)[(24, 128), (5, 96), (1, 31)])
        {
            int rows = (height + size - 1) / size, columns = (width + size - 1) / size;
            int[] numbers = FormulaWeights.Numbers($"image.{index}.{size}", 3 * rows * columns);
            for (int c = 0, i = 0; c < 3; c++)
                for (int y = 0; y < height; y++)
                    for (int x = 0; x < width; x++, i++)
                        sums[i] += ((numbers[(c * rows + y / size) * columns + x / size] + FormulaWeights.Half) * weight) >> 20;
        }
        return [.. sums.Select(sum => sum / 256f)];
    }
}
