using Fovea.Imaging;
using Fovea.Torch;

namespace Fovea.Detection.Parts;

/// <summary>Makes SSD's default boxes: on every cell of every map, boxes of that map's scale in several shapes.</summary>
/// <remarks>Liu et al.: "SSD: Single Shot MultiBox Detector" (ECCV 2016), section 2.2, "Choosing scales and aspect ratios"; the numbers and
/// their order are torchvision's DefaultBoxGenerator's. The boxes of the last size of picture are kept.</remarks>
public sealed class DefaultBoxGenerator : IDisposable
{
    private readonly float[][] _shapes;                  // of each map: width and height in turn, as shares of the picture's
    private readonly IReadOnlyList<int>? _steps;
    private readonly Lock _lock = new();
    private (ImageSize Padded, Device Device, Tensor Boxes)? _kept;

    /// <summary>Boxes of the given shapes.</summary>
    /// <param name="aspectRatios">For each map the shapes beside the square: width over height, each also lying down.</param>
    /// <param name="scales">For each map the square root of a box's area as a share of the picture's side, and one more: the square comes
    /// a second time, between its map's scale and the next.</param>
    /// <param name="steps">For each map the pixels from one cell to the next; null to divide the picture evenly.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public DefaultBoxGenerator(IReadOnlyList<IReadOnlyList<float>> aspectRatios, IReadOnlyList<double> scales, IReadOnlyList<int>? steps)
    {
        if (scales.Count != aspectRatios.Count + 1 || (steps is not null && steps.Count != aspectRatios.Count))
            throw new ArgumentException($"{aspectRatios.Count} maps have {scales.Count} scales and {steps?.Count} steps: one more scale " +
                "than maps is needed, and as many steps.", nameof(scales));
        _shapes = [.. aspectRatios.Select((ratios, map) => Shapes(ratios, scales[map], scales[map + 1]))];
        _steps = steps;
    }

    /// <summary>Boxes on each cell, map by map.</summary>
    public IReadOnlyList<int> PerCell => [.. _shapes.Select(shape => shape.Length / 2)];

    /// <summary>The boxes of all maps: A x 4, x1 y1 x2 y2 in pixels of the batch; cell by cell, shape by shape.</summary>
    /// <param name="features">The maps, N x C x H x W; always the same for one size of batch.</param>
    /// <param name="padded">Height and width of the batch.</param>
    /// <exception cref="ArgumentException">There are more or fewer maps.</exception>
    public Tensor Generate(IReadOnlyList<Tensor> features, ImageSize padded)
    {
        if (features.Count != _shapes.Length)
            throw new ArgumentException($"The default boxes are defined for {_shapes.Length} maps, but {features.Count} were given.");
        lock (_lock)
        {
            Device device = features[0].Device;
            if (_kept is not { } kept || kept.Padded != padded || kept.Device != device)
            {
                float[] boxes = [.. features.SelectMany((map, i) => Tile(i, (int)map.Size(2), (int)map.Size(3), padded))];
                _kept?.Boxes.Dispose();
                _kept = kept = (padded, device, Tensor.From(boxes, boxes.Length / 4, 4).To(device).Unscoped());
            }
            return kept.Boxes.Detach();                  // the caller's own, which shares the memory
        }
    }

    /// <summary>Releases the boxes.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _kept?.Boxes.Dispose();
            _kept = null;
        }
    }

    private static float[] Shapes(IReadOnlyList<float> ratios, double scale, double next)
    {
        double between = Math.Sqrt(scale * next);
        List<double> sides = [scale, scale, between, between];
        foreach (double root in ratios.Select(ratio => Math.Sqrt(ratio)))
            sides.AddRange([scale * root, scale / root, scale / root, scale * root]);
        return [.. sides.Select(side => Math.Clamp((float)side, 0, 1))];
    }

    private float[] Tile(int map, int rows, int columns, ImageSize padded)
    {
        float cellsX = _steps is null ? columns : (float)padded.Width / _steps[map];
        float cellsY = _steps is null ? rows : (float)padded.Height / _steps[map];
        float[] shapes = _shapes[map], boxes = new float[rows * columns * shapes.Length * 2];
        int at = 0;
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < columns; column++)
                for (int i = 0; i < shapes.Length; i += 2, at += 4)
                {
                    float x = (column + 0.5f) / cellsX, y = (row + 0.5f) / cellsY, halfX = 0.5f * shapes[i], halfY = 0.5f * shapes[i + 1];
                    (boxes[at], boxes[at + 1]) = ((x - halfX) * padded.Width, (y - halfY) * padded.Height);
                    (boxes[at + 2], boxes[at + 3]) = ((x + halfX) * padded.Width, (y + halfY) * padded.Height);
                }
        return boxes;
    }
}
