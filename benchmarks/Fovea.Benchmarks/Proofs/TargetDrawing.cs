using Fovea.Data;
using Fovea.Detection;
using Fovea.Detection.Parts;
using Fovea.Imaging;
using Fovea.Imaging.Drawing;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Benchmarks.Proofs;

/// <summary>Draws on a scene what YOLO v1, YOLOv3 and CornerNet should say of it, for the eye to judge: their targets, decoded.</summary>
internal static class TargetDrawing
{
    private const int Side = 448, Gap = 8;

    private static readonly Rgb White = new(255, 255, 255), Red = new(255, 40, 40), Blue = new(40, 90, 255);

    /// <summary>Writes a PNG file with the three pictures side by side.</summary>
    public static int Run(string path)
    {
        using var scope = new TensorScope();
        Sample scene = new Scenes(1, seed: 8, new ImageSize(Side, Side)).Load(0);
        Image[] panels = [YoloV1(scene), YoloV3(scene), CornerNet(scene)];
        var size = new ImageSize(Side, panels.Length * (Side + Gap) - Gap);
        byte[] pixels = new byte[size.Pixels * 3];
        Array.Fill(pixels, byte.MaxValue);
        for (int n = 0; n < panels.Length; n++)
            for (int y = 0; y < Side; y++)
                panels[n].Pixels.AsSpan(y * Side * 3, Side * 3).CopyTo(pixels.AsSpan((y * size.Width + n * (Side + Gap)) * 3));
        new Image(size, pixels).SavePng(path);
        return 0;
    }

    // Of each object the cell that tells it, and the box that its code says.
    private static Image YoloV1(Sample scene)
    {
        var grid = new YoloV1Grid(7, scene.Image.Size);
        using var canvas = new Canvas(Faded(scene.Image));
        float step = (float)Side / grid.Cells;
        for (int i = 0; i < grid.Count; i++) canvas.DrawBox(i % grid.Cells * step, i / grid.Cells * step, Side, Side, White);
        foreach (Annotation a in scene.Annotations)
        {
            (int cell, float[] code) = grid.Encode(a.Box);
            var codes = new float[grid.Count * 4];
            code.CopyTo(codes, cell * 4);
            Box box = new Boxes(grid.Decode(Tensor.From(codes, 1, grid.Count, 1, 4))[0].Reshape(-1, 4)).ToArray()[cell];
            Tint(canvas, new Box(cell % grid.Cells * step, cell / grid.Cells * step, (cell % grid.Cells + 1) * step, (cell / grid.Cells + 1) * step),
                Palette.Colour(a.Category));
            Draw(canvas, box, Palette.Colour(a.Category));
        }
        return canvas.ToImage();
    }

    // Of each object the cell of its scale, the anchor there in white, and the box that its code makes of the anchor.
    private static Image YoloV3(Sample scene)
    {
        (float, float)[] anchors = [.. new YoloV3Options().AnchorShapes.Chunk(2).Select(pair => (pair[0], pair[1]))];
        var grid = new YoloGrid(scene.Image.Size, [32, 16, 8], anchors);
        using var canvas = new Canvas(Faded(scene.Image));
        foreach (Annotation a in scene.Annotations)
        {
            (int place, float[] code) = grid.Encode(a.Box);
            const float Far = 30;                                            // a sigmoid of 0 or 1: the cell's corners
            Box low = At(-Far, -Far, 0, 0), high = At(Far, Far, 0, 0);
            Tint(canvas, new Box((low.X1 + low.X2) / 2, (low.Y1 + low.Y2) / 2, (high.X1 + high.X2) / 2, (high.Y1 + high.Y2) / 2),
                Palette.Colour(a.Category));
            Draw(canvas, At(0, 0, 0, 0), White);
            Draw(canvas, At(Logit(code[0]), Logit(code[1]), code[2], code[3]), Palette.Colour(a.Category));

            Box At(params float[] told)
            {
                var all = new float[grid.Count * 4];
                told.CopyTo(all, place * 4);
                return new Boxes(grid.Decode(Tensor.From(all, 1, grid.Count, 4))[0]).ToArray()[place];
            }
        }
        return canvas.ToImage();

        static float Logit(float share) => MathF.Log(share / (1 - share));
    }

    // The heat of upper left corners in red and of lower right ones in blue.
    private static Image CornerNet(Sample scene)
    {
        const int Stride = 4, Cells = Side / Stride, Classes = 5;
        DetectionTarget target = DetectionTarget.From(scene.Annotations, scene.Image.Size, scene.Image.Size, masks: false);
        CornerTargets targets = CornerTargets.Draw([target], Classes, Cells, Cells, Stride, new CornerNetOptions().LeastIoU);
        byte[] pixels = Faded(scene.Image).Pixels.ToArray();
        foreach ((CornerTarget corners, Rgb colour) in ((CornerTarget, Rgb)[])[(targets.TopLeft, Red), (targets.BottomRight, Blue)])
        {
            float[] heat = corners.Heat.ToArray<float>();
            for (int i = 0; i < Side * Side; i++)
            {
                int cell = i / Side / Stride * Cells + i % Side / Stride;
                float most = Enumerable.Range(0, Classes).Max(k => heat[k * Cells * Cells + cell]);
                for (int c = 0; c < 3; c++)
                    pixels[3 * i + c] = (byte)(pixels[3 * i + c] * (1 - most) + (c == 0 ? colour.R : c == 1 ? colour.G : colour.B) * most);
            }
        }
        using var canvas = new Canvas(new Image(scene.Image.Size, pixels));
        foreach (Annotation a in scene.Annotations) Draw(canvas, a.Box, Palette.Colour(a.Category));
        return canvas.ToImage();
    }

    private static Image Faded(Image image) => new(image.Size, [.. image.Pixels.Select(value => (byte)(value / 2))]);

    private static void Draw(Canvas canvas, Box box, Rgb colour) => canvas.DrawBox(box.X1, box.Y1, box.X2, box.Y2, colour);

    private static void Tint(Canvas canvas, Box cell, Rgb colour)
    {
        byte[] mask = new byte[Side * Side];
        for (int y = (int)cell.Y1; y < Math.Min(Side, (int)cell.Y2); y++)
            mask.AsSpan(y * Side + (int)cell.X1, Math.Min(Side, (int)cell.X2) - (int)cell.X1).Fill(1);
        canvas.DrawMask(mask, colour, 0.7, outline: false);
    }
}
