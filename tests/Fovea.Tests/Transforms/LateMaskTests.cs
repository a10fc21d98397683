using Fovea.Data;
using Fovea.Detection;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Transforms;

namespace Fovea.Tests.Transforms;

/// <summary>Masks that are still in their file move with the picture, and are read only where something asks for them.</summary>
public class LateMaskTests
{
    private static readonly ImageSize Size = new(20, 30);
    private static readonly Annotation Inside = TestSamples.Filled(Size, 12, 6, 18, 12);

    private int _read;

    private Annotation Late => new()
    {
        Box = Inside.Box, Category = Inside.Category, Area = Inside.Area,
        LazyMask = new Lazy<RunLengthMask?>(() =>
        {
            _read++;
            return Inside.Mask;
        }),
    };

    [Fact]
    public void Boxes_alone_leave_masks_unread_and_masks_come_out_the_same()
    {
        Sample late = Move(Late), plain = Move(Inside);
        using var scope = new TensorScope();
        Assert.Null(DetectionTarget.From(late.Annotations, late.Image.Size, late.Image.Size, masks: false).Masks);
        Assert.Equal(0, _read);
        Assert.Equal(plain.Annotations[0].Mask!.ToBitmap().Pixels, late.Annotations[0].Mask!.ToBitmap().Pixels);
        Assert.Equal(plain.Annotations[0].Box, late.Annotations[0].Box);
        Assert.Equal(1, _read);
    }

    [Fact]
    public void A_box_that_is_cut_follows_its_mask()
    {
        Sample late = Motion.Crop(TestSamples.Of(TestSamples.Gradient(20, 30), Late), 0, 15, new ImageSize(20, 15), 0);
        Assert.Equal(new Box(0, 6, 3, 12), late.Annotations[0].Box);
        Assert.Equal(1, _read);
        Assert.Equal(18, late.Annotations[0].Mask!.Area());
    }

    private static Sample Move(Annotation annotation)
    {
        var random = new SampleRandom(1);
        Transform[] steps = [new RandomHorizontalFlip(1, []), new RandomVerticalFlip(1), new Resize(new ImageSize(40, 60))];
        Sample moved = new Compose(steps).Apply(TestSamples.Of(TestSamples.Gradient(20, 30), annotation), ref random);
        return Laying.On(Motion.Crop(moved, 2, 4, new ImageSize(36, 52), 0), 3, 5, new ImageSize(50, 70));
    }
}
