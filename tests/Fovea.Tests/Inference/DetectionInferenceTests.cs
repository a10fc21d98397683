using Fovea.Detection;
using Fovea.Imaging;
using Fovea.Inference;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Tests.Inference;

public class DetectionInferenceTests
{
    private static readonly ImageSize Size = new(100, 200);

    [Fact]
    public void A_plain_look_is_the_models_own()
    {
        var model = new BrightSquares();
        Detections found = new DetectionInference().Predict(model, Picture((20, 30, 10)), Device.Cpu);
        Assert.True(new DetectionInference().IsPlain);
        Assert.Equal([new Box(30, 20, 40, 30)], found.Boxes);
        Assert.Equal(1, model.Looks);
    }

    [Fact]
    public void Mirror_images_come_back_and_merge()
    {
        var model = new BrightSquares();
        Detections found = new DetectionInference { Flip = true }.Predict(model, Picture((20, 30, 10), (50, 120, 20)), Device.Cpu);
        Assert.Equal(2, model.Looks);
        Assert.Equal([new Box(120, 50, 140, 70), new Box(30, 20, 40, 30)], found.Boxes.OrderByDescending(box => box.Area));
    }

    // The square of 12 lies on the border of tiles of 40 that overlap by a quarter, and whole in one of them.
    [Fact]
    public void What_tiles_cut_is_told_once_and_whole()
    {
        var model = new BrightSquares();
        Detections found = new DetectionInference { TileSize = 40, TileOverlap = 0.5 }.Predict(model, Picture((35, 34, 12)), Device.Cpu);
        Assert.True(model.Looks > 10);
        Assert.Equal([new Box(34, 35, 46, 47)], found.Boxes);
    }

    [Fact]
    public void What_is_larger_than_a_tile_is_found_in_the_whole_picture()
    {
        Detections found = new DetectionInference { TileSize = 40 }.Predict(new BrightSquares(), Picture((20, 50, 70)), Device.Cpu);
        Assert.Equal([new Box(50, 20, 120, 90)], found.Boxes);
    }

    [Fact]
    public void Masks_and_key_points_move_with_their_boxes()
    {
        var size = new ImageSize(4, 6);
        var mask = RunLengthMask.FromBox(new Box(1, 1, 3, 2), size);
        Detections found = new Detections(size, [new Box(1, 1, 3, 2)], [0.5f], [0]).WithMasks([mask]).WithKeypoints([[new(1, 1, 9), new(3, 2, 8)]]);
        Detections mirrored = found.FlipHorizontal([(0, 1)]);
        Assert.Equal(new Box(3, 1, 5, 2), mirrored.Boxes[0]);
        Assert.Equal(new Box(3, 1, 5, 2), mirrored.Masks![0].BoundingBox());
        Assert.Equal([new(3, 2, 8), new(5, 1, 9)], mirrored.Keypoints![0]);
        Detections placed = found.Place(10, 20, new ImageSize(40, 50));
        Assert.Equal((new Box(21, 11, 23, 12), new Box(21, 11, 23, 12)), (placed.Boxes[0], placed.Masks![0].BoundingBox()));
        Assert.Equal(new DetectedKeypoint(21, 11, 9), placed.Keypoints![0][0]);
    }

    [Fact]
    public void Other_scales_are_refused_where_the_model_has_one_size() =>
        Assert.Contains("cannot look at scales 1, 2", Assert.Throws<ArgumentException>(() =>
            new DetectionInference { Scales = [1, 2] }.Predict(new BrightSquares { Only = Size }, Picture(), Device.Cpu)).Message);

    private static Image Picture(params (int Top, int Left, int Side)[] squares)
    {
        var pixels = new byte[Size.Pixels * 3];
        foreach ((int top, int left, int side) in squares)
            for (int y = top; y < top + side; y++) pixels.AsSpan((y * Size.Width + left) * 3, side * 3).Fill(255);
        return new Image(Size, pixels);
    }

    /// <summary>Finds connected bright squares exactly, the larger with more certainty.</summary>
    private sealed class BrightSquares() : Detector(2)
    {
        public int Looks { get; private set; }

        public ImageSize? Only { get; init; }

        public override DetectionTransform Transform => new()
        {
            MinSize = 100, MaxSize = 200, SizeDivisor = 1, FixedSize = Only, Rounding = ScaleRounding.Float64,
        };

        public override IReadOnlyList<Fovea.Backbones.BackboneStage> Stages => [];

        public override int DetectionsPerImage => 100;

        public override IReadOnlyDictionary<string, Tensor> ComputeLosses(ImageBatch images, IReadOnlyList<DetectionTarget> targets,
            Generator generator) => throw new NotSupportedException();

        public override Detections[] Predict(ImageBatch images)
        {
            Looks++;
            ImageSize size = images.OriginalSizes[0];
            Tensor enlarged = Functional.ResizeNearest(images.Pixels, size.Height, size.Width);
            bool[] bright = [.. enlarged[0, 0].Flatten().ToArray<float>().Select(value => value > 0)];
            var boxes = new List<Box>();
            for (int y = 0; y < size.Height; y++)
                for (int x = 0; x < size.Width; x++)
                {
                    if (!bright[y * size.Width + x]) continue;
                    int right = x, bottom = y;
                    while (right < size.Width && bright[y * size.Width + right]) right++;
                    while (bottom < size.Height && bright[bottom * size.Width + x]) bottom++;
                    for (int row = y; row < bottom; row++) bright.AsSpan(row * size.Width + x, right - x).Clear();
                    if (right - x > 2 && bottom - y > 2) boxes.Add(new Box(x, y, right, bottom));   // less is a trace of resizing
                }
            return [Detections.Sort(size, [.. boxes], [.. boxes.Select(box => (float)box.Area / 10000)], new int[boxes.Count])];
        }
    }
}
