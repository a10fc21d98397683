using Fovea.Layers;

namespace Fovea.Segmentation;

/// <summary>The pyramid of <see cref="PspNet"/>: what the paper's ablation switches (Zhao et al. 2017, section 5.1, table 1).</summary>
public sealed record PyramidOptions
{
    /// <summary>Windows in each direction, level by level: [1] is the paper's "B1", [1, 2, 3, 6] its "B1236".</summary>
    public IReadOnlyList<int> Bins { get; init; } = [1, 2, 3, 6];

    /// <summary>What is taken from each window.</summary>
    public PyramidPoolingKind Kind { get; init; } = PyramidPoolingKind.Average;

    /// <summary>Dimension reduction, "DR": whether the levels together have no more channels than the map.</summary>
    public bool Reduce { get; init; } = true;
}
