using Fovea.Backbones;
using Fovea.Detection;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Training;

namespace Fovea.Tests.Training;

public class MultiScaleTests
{
    private static readonly TrainingOptions Varied = TinyRun.Options with
    {
        Epochs = 6, Augmentation = new AugmentationOptions { LeastSize = 64, MostSize = 128, Mosaic = 0.5 },
    };

    [Fact]
    public void The_size_changes_every_ten_batches_among_all_multiples_of_32()
    {
        var scale = new MultiScale(320, 608, 7);
        int[] sides = [.. Enumerable.Range(0, 2000).Select(batch => scale.SideOf(batch))];
        Assert.All(sides.Chunk(10), ten => Assert.Single(ten.Distinct()));
        Assert.Equal(Enumerable.Range(10, 10).Select(n => 32 * n), sides.Distinct().Order());
        Assert.Equal(sides, Enumerable.Range(0, 2000).Select(batch => new MultiScale(320, 608, 7).SideOf(batch)));
        Assert.NotEqual(sides, Enumerable.Range(0, 2000).Select(batch => new MultiScale(320, 608, 8).SideOf(batch)));
        Assert.Equal(96, new MultiScale(96, 96, 1).SideOf(5));
    }

    [Fact]
    public void Batches_have_the_sizes_of_their_places_whichever_the_first_one_is()
    {
        using FasterRcnn model = TinyRun.Model();
        var task = new DetectionTask(model, new TinyPictures(24), new TinyPictures(3, 100),
            new RunConfig { Model = "tiny", Training = Varied });
        int[] sides = [.. Enumerable.Range(0, 3).SelectMany(epoch => Sides(epoch, 0))];
        Assert.Equal(36, sides.Length);
        Assert.Equal(sides.Chunk(10).SelectMany(ten => Enumerable.Repeat(ten[0], ten.Length)), sides);
        Assert.True(sides.Distinct().Count() > 1);
        Assert.Equal(sides[19..24], Sides(1, 7));

        int[] Sides(int epoch, int first) => [.. task.Batches(epoch, first).Select(batch =>
        {
            using (batch) return batch.Images.PaddedSize.Height;
        })];
    }

    [Fact]
    public void A_run_that_goes_on_ends_with_the_weights_of_one_that_was_not_stopped()
    {
        using var whole = new TinyRun();
        whole.Train(Varied);
        using var stopped = new TinyRun();
        using var cancel = new CancellationTokenSource();
        stopped.AfterStep = report =>
        {
            if (report.Step == 8) cancel.Cancel();
        };
        Assert.Throws<OperationCanceledException>(() => stopped.Train(Varied, cancellation: cancel.Token));
        stopped.AfterStep = null;
        stopped.Train(Varied);
        Assert.Equal(File.ReadAllBytes(whole.Files.BestPath), File.ReadAllBytes(stopped.Files.BestPath));
    }

    [Fact]
    public void Models_of_one_size_refuse_it_and_a_localizer_a_mosaic_too()
    {
        using var localizer = new Localizer(new TinyBackbone(), 3);
        using var yolo = new YoloV1(new TinyBackbone(), 3, new YoloV1Options
        {
            Transform = new DetectionTransform { FixedSize = new ImageSize(64, 64) }, NeckStrides = [], HeadWidth = 4,
        });
        Assert.Contains("takes them in one size", Refusal(localizer, new() { LeastSize = 64, MostSize = 96 }));
        Assert.Contains("this YoloV1 takes them", Refusal(yolo, new() { LeastSize = 64, MostSize = 96 }));
        Assert.Contains("A mosaic shows four pictures", Refusal(localizer, new() { Mosaic = 0.5 }));
        using FasterRcnn model = TinyRun.Model();
        Assert.Contains("from 96 to 64 pixels", Refusal(model, new() { LeastSize = 96, MostSize = 64 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AugmentationOptions { LeastSize = 100 });

        static string Refusal(Detector model, AugmentationOptions augmentation) => Assert.Throws<ArgumentException>(() =>
            new DetectionTask(model, new TinyPictures(4), new TinyPictures(3, 100),
                new RunConfig { Model = "tiny", Training = Varied with { Augmentation = augmentation } })).Message;
    }
}
