using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Detection.Parts;

/// <summary>How YOLO v1 tells a box: by the cell that its centre lies in, the place of the centre in that cell, and the square roots of
/// its width and height as shares of the picture.</summary>
/// <remarks>Redmon et al.: "You Only Look Once" (CVPR 2016), section 2. Letters: N pictures, S cells a side, B boxes a cell.</remarks>
/// <param name="Cells">S.</param>
/// <param name="Size">The picture's size in the network.</param>
internal sealed record YoloV1Grid(int Cells, ImageSize Size)
{
    /// <summary>Number of cells, S^2.</summary>
    public int Count => Cells * Cells;

    /// <summary>The cell, counted row by row, and x, y, sqrt(w), sqrt(h) of a box in pixels of the network.</summary>
    public (int Cell, float[] Code) Encode(Box box)
    {
        double x = (box.X1 + box.X2) / 2 / Size.Width * Cells, y = (box.Y1 + box.Y2) / 2 / Size.Height * Cells;
        int column = Math.Clamp((int)x, 0, Cells - 1), row = Math.Clamp((int)y, 0, Cells - 1);
        return (row * Cells + column,
            [(float)(x - column), (float)(y - row), (float)Math.Sqrt(box.Width / Size.Width), (float)Math.Sqrt(box.Height / Size.Height)]);
    }

    /// <summary>Boxes of all cells from their codes.</summary>
    /// <param name="codes">N x S^2 x B x 4.</param>
    /// <returns>N x S^2 x B x 4: x1 y1 x2 y2 in pixels of the network.</returns>
    public Tensor Decode(Tensor codes)
    {
        using var scope = new TensorScope();
        Tensor cell = Tensor.Arange(0, Count, device: codes.Device).View(1, Count, 1);                                  // 1,SS,1
        Tensor[] code = codes.Unbind(-1);                                                                              // N,SS,B
        Tensor x = (code[0] + cell.Remainder(Cells)) * ((double)Size.Width / Cells);
        Tensor y = (code[1] + cell.FloorDivide(Cells)) * ((double)Size.Height / Cells);
        Tensor halfWidth = code[2] * code[2] * (Size.Width * 0.5), halfHeight = code[3] * code[3] * (Size.Height * 0.5);
        return scope.Keep(Tensor.Stack([x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight], -1));
    }

    /// <summary>Boxes of coded ones around the corner of their cells, as shares of the picture: comparable within a cell.</summary>
    /// <param name="codes">... x 4.</param>
    public Tensor InCell(Tensor codes)
    {
        Tensor[] code = codes.Unbind(-1);
        Tensor x = code[0] / Cells, y = code[1] / Cells, halfWidth = code[2] * code[2] * 0.5, halfHeight = code[3] * code[3] * 0.5;
        return Tensor.Stack([x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight], -1);
    }
}
