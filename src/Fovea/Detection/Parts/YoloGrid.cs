using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Detection.Parts;

/// <summary>How YOLOv3 tells a box: by an anchor at the cell that its centre lies in, the place of the centre in that cell, and the
/// logarithms of its width and height over the anchor's.</summary>
/// <remarks>Redmon and Farhadi: "YOLOv3" (2018), section 2.1, figure 2. Places are counted level by level from coarse to fine, row by row,
/// cell by cell, anchor by anchor. Letters: N pictures, P places, A anchors a cell, K classes.</remarks>
internal sealed class YoloGrid
{
    private readonly Level[] _levels;

    /// <summary>The places of pictures of one size.</summary>
    /// <param name="size">Height and width of the batch.</param>
    /// <param name="strides">Pixels of a cell, from coarse to fine.</param>
    /// <param name="anchors">Width and height of each anchor in pixels, the smallest first; the finest level has the first ones.</param>
    public YoloGrid(ImageSize size, IReadOnlyList<int> strides, IReadOnlyList<(float Width, float Height)> anchors)
    {
        _levels = new Level[strides.Count];
        int each = anchors.Count / strides.Count;
        for (int i = 0; i < strides.Count; i++)
        {
            int first = (strides.Count - 1 - i) * each;
            var cells = new ImageSize(size.Height / strides[i], size.Width / strides[i]);
            _levels[i] = new Level(strides[i], cells, [.. anchors.Skip(first).Take(each)], Count);
            Count += cells.Height * cells.Width * each;
        }
    }

    /// <summary>Number of places, P.</summary>
    public int Count { get; }

    /// <summary>The place whose anchor has the shape nearest to a box's (by IoU around one centre), and the code of the box there: the
    /// place of its centre in the cell, 0 to 1, and the logarithms of width and height over the anchor's.</summary>
    /// <param name="box">In pixels of the batch.</param>
    public (int Place, float[] Code) Encode(Box box)
    {
        (Level level, int anchor) = _levels
            .SelectMany(level => Enumerable.Range(0, level.Anchors.Length).Select(a => (Level: level, Anchor: a)))
            .MaxBy(choice => ShapeIou(box, choice.Level.Anchors[choice.Anchor]));
        double x = (box.X1 + box.X2) / 2 / level.Stride, y = (box.Y1 + box.Y2) / 2 / level.Stride;
        int column = Math.Clamp((int)x, 0, level.Cells.Width - 1), row = Math.Clamp((int)y, 0, level.Cells.Height - 1);
        (float width, float height) = level.Anchors[anchor];
        return (level.First + (row * level.Cells.Width + column) * level.Anchors.Length + anchor,
            [(float)(x - column), (float)(y - row), (float)Math.Log(box.Width / width), (float)Math.Log(box.Height / height)]);
    }

    /// <summary>Boxes of all places.</summary>
    /// <param name="told">N x P x at least 4, as the network gives them: the centre's place before the sigmoid, and the logarithms.</param>
    /// <returns>N x P x 4: x1 y1 x2 y2 in pixels of the batch.</returns>
    public Tensor Decode(Tensor told)
    {
        using var scope = new TensorScope();
        Tensor[] place = Places().To(told.Device).Unbind(1), code = told[.., .., ..4].Unbind(-1);       // five of P; four of N,P
        Tensor x = (code[0].Sigmoid() + place[0]) * place[2], y = (code[1].Sigmoid() + place[1]) * place[2];
        Tensor halfWidth = code[2].Exp() * place[3] * 0.5, halfHeight = code[3].Exp() * place[4] * 0.5;
        return scope.Keep(Tensor.Stack([x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight], -1));
    }

    // P x 5: column, row, stride, the anchor's width and height.
    private Tensor Places()
    {
        var values = new float[Count * 5];
        int at = 0;
        foreach (Level level in _levels)
            for (int row = 0; row < level.Cells.Height; row++)
                for (int column = 0; column < level.Cells.Width; column++)
                    foreach ((float width, float height) in level.Anchors)
                    {
                        (values[at], values[at + 1], values[at + 2]) = (column, row, level.Stride);
                        (values[at + 3], values[at + 4]) = (width, height);
                        at += 5;
                    }
        return Tensor.From(values, Count, 5);
    }

    private static double ShapeIou(Box box, (float Width, float Height) anchor)
    {
        double shared = Math.Min(box.Width, anchor.Width) * Math.Min(box.Height, anchor.Height);
        return shared / (box.Area + anchor.Width * anchor.Height - shared);
    }

    private sealed record Level(int Stride, ImageSize Cells, (float Width, float Height)[] Anchors, int First);
}
