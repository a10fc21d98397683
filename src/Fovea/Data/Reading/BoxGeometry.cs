using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data.Reading;

/// <summary>How a box lies in its picture.</summary>
internal static class BoxGeometry
{
    /// <summary>Pixels by which a box may leave its picture without a word: files round to two decimals.</summary>
    public const double Rounding = 0.05;

    /// <summary>The farthest that a box reaches out of a picture, in pixels; negative when it lies inside.</summary>
    public static double Overshoot(Box box, ImageSize size) => Math.Max(
        Math.Max(-Math.Min(box.X1, box.X2), -Math.Min(box.Y1, box.Y2)),
        Math.Max(Math.Max(box.X1, box.X2) - size.Width, Math.Max(box.Y1, box.Y2) - size.Height));
}
