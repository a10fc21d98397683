using Fovea.Imaging;
using Fovea.Ops;
using Fovea.Torch;

namespace Fovea.Detection.Parts;

/// <summary>Makes the anchors of a pyramid: on every cell of every level, boxes of that level's sizes in several shapes.</summary>
/// <remarks>Lin et al.: "Feature Pyramid Networks" (CVPR 2017), section 4.1. Grids are kept, since most batches have few sizes.</remarks>
public sealed class AnchorGenerator : IDisposable
{
    private const int KeptGrids = 64;
    private readonly float[][] _cells;
    private readonly Dictionary<(int Level, ImageSize Map, ImageSize Padded, Device Device), Tensor> _grids = [];

    /// <summary>Anchors of the given sizes at each level, each in all shapes.</summary>
    /// <param name="sizes">For each level the square roots of the anchors' areas, in pixels of the batch.</param>
    /// <param name="aspectRatios">Height over width.</param>
    /// <exception cref="ArgumentException">There is no level, a level without anchors, or one with more than another; or a size or
    /// ratio is not positive.</exception>
    public AnchorGenerator(IReadOnlyList<float[]> sizes, float[] aspectRatios)
    {
        _cells = [.. sizes.Select(level => AnchorGrid.CellAnchors(level, aspectRatios))];
        PerCell = _cells.Length > 0 ? _cells[0].Length / 4 : 0;
        if (PerCell == 0)
            throw new ArgumentException($"{sizes.Count} levels and {aspectRatios.Length} aspect ratios make no anchor: " +
                "at least one level, one size and one ratio are needed.", nameof(sizes));
        if (_cells.Any(cell => cell.Length != _cells[0].Length))
            throw new ArgumentException($"The levels have {string.Join(", ", sizes.Select(level => level.Length))} anchor sizes, but " +
                "every level needs as many: the head that predicts them is shared.", nameof(sizes));
    }

    /// <summary>Anchors on each cell, A.</summary>
    public int PerCell { get; }

    /// <summary>Number of levels.</summary>
    public int Levels => _cells.Length;

    /// <summary>The anchors of each level: H*W*A x 4, in pixels of the batch.</summary>
    /// <param name="features">The levels, N x C x H x W with at least one cell.</param>
    /// <param name="padded">Height and width of the batch.</param>
    /// <exception cref="ArgumentException">There are more or fewer levels.</exception>
    public Tensor[] Generate(IReadOnlyList<Tensor> features, ImageSize padded)
    {
        if (features.Count != _cells.Length)
            throw new ArgumentException($"The anchors are defined for {_cells.Length} levels, but {features.Count} feature maps " +
                "were given.");
        return [.. features.Select((map, level) => Grid(level, new ImageSize((int)map.Size(2), (int)map.Size(3)), padded, map.Device))];
    }

    /// <summary>Releases the grids.</summary>
    public void Dispose()
    {
        lock (_grids) Forget();
    }

    // What is handed out shares the kept grid's memory but is the caller's own, so that a grid may be forgotten at any time.
    private Tensor Grid(int level, ImageSize map, ImageSize padded, Device device)
    {
        lock (_grids)
        {
            if (_grids.TryGetValue((level, map, padded, device), out Tensor? known)) return known.Detach();
            if (_grids.Count >= KeptGrids) Forget();
            float[] anchors = AnchorGrid.Tile(_cells[level], map, (padded.Height / map.Height, padded.Width / map.Width));
            Tensor grid = Tensor.From(anchors, anchors.Length / 4, 4).To(device).Unscoped();
            _grids.Add((level, map, padded, device), grid);
            return grid.Detach();
        }
    }

    private void Forget()
    {
        foreach (Tensor grid in _grids.Values) grid.Dispose();
        _grids.Clear();
    }
}
