using Fovea.Backbones;
using Fovea.Data;
using Fovea.Imaging;
using Fovea.Inference;
using Fovea.Layers;
using Fovea.Losses;
using Fovea.Metrics;
using Fovea.Segmentation;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Torch.Optim;
using Fovea.Training;
using Fovea.Weights;

namespace Fovea.Tests.Training;

/// <summary>Training, measuring and predicting two maps of classes with one network.</summary>
public class TwoMapTaskTests
{
    private static readonly TwoMaps Data = new();

    private static SegmentationModel Model(int secondClasses = 2)
    {
        using var generator = new Generator(4);
        return new SegmentationModel(new DilatedFcn(new FineBackbone(generator), new SegmenterOptions(3)
        {
            SecondClassCount = secondClasses, Dropout = 0,
        }, generator), new SegmentationTransform());
    }

    private static SegmentationTask Task(SegmentationModel model, SegmentationRecipe? recipe = null, IDataset? train = null) => new(model, train ?? Data,
        Data, new RunConfig
        {
            Model = "fcn_resnet18_two_heads", Segmentation = recipe ?? new SegmentationRecipe { CropHeight = 32, CropWidth = 32 },
            Training = new TrainingOptions { BatchSize = 4, Workers = 1 }, Segmenter = new SegmenterSettings { SecondClassCount = 2 },
        });

    [Fact]
    public void TheLossesOfBothMapsAreThereAndFallTogether()
    {
        using var scope = new TensorScope();
        using SegmentationModel model = Model();
        SegmentationTask task = Task(model);
        using var generator = new Generator(1);
        using SegmentationBatch batch = SegmentationBatch.From([.. Enumerable.Range(0, 4).Select(Data.Load)], model.Transform, takesSecond: true);
        Assert.Equal([4, 32, 32], batch.SecondLabels!.Shape);
        Assert.Equal(SegmentationMap.Ignore, batch.SecondLabels[0, 0, 0].Item());
        model.Network.Train(true);
        using var optimiser = new AdamW([new ParameterGroup(model.Network.NamedParameters(), 0.02)]);
        double first = 0, last = 0;
        for (int step = 0; step < 40; step++)
        {
            using var inner = new TensorScope();
            IReadOnlyDictionary<string, Tensor> losses = task.ComputeLosses(batch, Device.Cpu, generator);
            Assert.Equal(["loss_auxiliary1", "loss_cross_entropy", "second_loss_cross_entropy"], losses.Keys.Order(StringComparer.Ordinal));
            last = losses["loss_cross_entropy"].Item() + losses["second_loss_cross_entropy"].Item();
            if (step == 0)
            {
                first = last;
                Tensor expected = Functional.CrossEntropy(model.Network.ForwardMaps(batch.Pixels)[1], batch.SecondLabels, ignoreIndex: 255);
                Assert.Equal(expected.Item(), losses["second_loss_cross_entropy"].Item(), 1e-5);
            }
            optimiser.ZeroGrad();
            losses.Values.Aggregate((a, b) => a + b).Backward();
            optimiser.Step();
        }
        Assert.True(last < 0.4 * first, $"from {first} to {last}");
        IReadOnlyDictionary<string, double> metrics = task.Validate(Device.Cpu, null, default);
        Assert.True(metrics["mIoU"] > 0.4 && metrics["second_mIoU"] > 0.5, string.Join(", ", metrics));
        Assert.Equal(["second_IoU.dark", "second_IoU.bright"], metrics.Keys.Where(key => key.StartsWith("second_IoU")));
        Assert.All(task.Metrics.Shown, name => Assert.Contains(name, metrics.Keys));
        Assert.Contains("bright", task.Metadata[Checkpoint.SecondCategoriesKey]);
    }

    [Fact]
    public void BothMapsAreMeasuredAndPredictedAsTheyAre()
    {
        using SegmentationModel model = Model();
        using var predictor = new SegmentationPredictor(model, Data.Categories, Device.Cpu, secondCategories: Data.SecondCategories);
        var counted = new ConfusionMatrix(2);
        SegmentationResult result = SegmenterEvaluation.Run(predictor, Data, 1, (sample, said) => counted.Add(sample.SecondLabels!, said.Second!.Map));
        Assert.Equal((4 * 1023, 4 * 1023), (result.Confusion.Total, result.Second!.Confusion.Total));
        Assert.Equal(counted.MeanIoU, result.Second.MeanIoU);
        Assert.Equal(2, result.Second.Categories.Count);

        using var scope = new TensorScope();
        Image image = Data.Load(1).Image;
        SegmentationPrediction said = predictor.Predict(image);
        using (new NoGrad())
        {
            long[] expected = model.Network.ForwardMaps(model.Transform.Batch([image]))[1].ArgMax(1).Flatten().ToArray<long>();
            Assert.Equal(expected.Select(k => (byte)k), said.Second!.Map.Labels);
        }
        var tiles = new SegmentationInference { TileSize = 20, Flip = true, Scales = [1, 1.5] };                // the same picture twice over
        using SegmentationModel twin = Model();
        using var looking = new SegmentationPredictor(twin, Data.Categories, Device.Cpu, tiles);
        Assert.Equal(["class0", "class1"], looking.SecondCategories.Select(c => c.Name));
        Assert.Equal(image.Size, looking.Predict(image).Second!.Size);
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        using SegmentationModel three = Model(3), one = Model(0);
        Assert.Contains("tells 3 classes of a second map apart, but two maps has 2", Assert.Throws<ArgumentException>(() => Task(three)).Message);
        Assert.Contains("tells 3 classes of a second map apart, but 2 are named", Assert.Throws<ArgumentException>(() =>
            new SegmentationPredictor(three, Data.Categories, Device.Cpu, secondCategories: Data.SecondCategories)).Message);
        Assert.Equal(["IoU"], Task(one).Metrics.PerClass);                                          // one head learns the first map
        Assert.Empty(Task(one).Metrics.PerSecondClass);
        Sample without = Data.Load(0) with { SecondLabels = null };
        Assert.Contains("no second labels of its pixels", Assert.Throws<ArgumentException>(() =>
            SegmentationBatch.From([without], one.Transform, takesSecond: true)).Message);
        Assert.Null(SegmentationBatch.From([without], one.Transform).SecondLabels);
    }

    [Fact]
    public void WeightsOfClassesAreCountedForEachMap()
    {
        using var scope = new TensorScope();
        using SegmentationModel model = Model();
        using var generator = new Generator(1);
        using SegmentationBatch batch = SegmentationBatch.From([Data.Load(0)], model.Transform, takesSecond: true);
        IReadOnlyDictionary<string, Tensor> losses = Task(model, new SegmentationRecipe { Balance = PixelBalance.Inverse })
            .ComputeLosses(batch, Device.Cpu, generator);
        var pixels = new long[3];
        for (int i = 0; i < 4; i++)
            foreach (byte label in Data.Load(i).SecondLabels!.Labels)
                if (label < 2) pixels[label]++;
        Tensor expected = new SegmentationLoss { ClassWeights = ClassWeights.InverseFrequency(pixels[..2]) }
            .Compute(model.Network.ForwardMaps(batch.Pixels)[1], batch.SecondLabels!)["loss_cross_entropy"];
        Assert.Equal(expected.Item(), losses["second_loss_cross_entropy"].Item(), 1e-5);
    }

    /// <summary>Two convolutions; the maps are half as high and wide as the picture.</summary>
    private sealed class FineBackbone : Backbone
    {
        private readonly Layer[] _stages;

        public FineBackbone(Generator generator) : base(new BackboneOptions())
        {
            using var scope = new TensorScope();
            _stages = [.. new[] { 3, 16 }.Select((channels, n) => Child($"stage{n}", new Sequential(
                new Conv2d(channels, 16, 3, 2 - n, 1, bias: false, generator: generator), new BatchNorm2d(16))))];
        }

        public override IReadOnlyList<BackboneStage> Stages { get; } =
            [.. Enumerable.Range(0, 2).Select(n => new BackboneStage($"stage{n}", [$"stage{n}."], 16, 2))];

        public override IReadOnlyList<string> ClassLayers => [];

        public override Tensor[] Forward(Tensor images)
        {
            Tensor first = _stages[0].Forward(images).Relu();
            return [first, _stages[1].Forward(first).Relu()];
        }

        protected override Tensor Head(Tensor images) => throw new NotSupportedException("It has no head.");
    }

    /// <summary>Pictures of stripes: the first map tells the colour of three, the second whether it is bright. One pixel has no class.</summary>
    private sealed class TwoMaps : IDataset
    {
        private static readonly ImageSize Size = new(32, 32);

        public string Name => "two maps";

        public IReadOnlyList<Category> Categories { get; } = [new(0, "black"), new(1, "red"), new(2, "white")];

        public IReadOnlyList<Category> SecondCategories { get; } = [new(0, "dark"), new(1, "bright")];

        public AnnotationKind Kind => AnnotationKind.Labels;

        public int Count => 4;

        public ImageRecord this[int index] => new(index, $"{index}.png", Size, []);

        public Sample Load(int index)
        {
            byte[] pixels = new byte[3 * 1024], first = new byte[1024], second = new byte[1024];
            for (int i = 0; i < 1024; i++)
            {
                int colour = (i % 32 / 8 + index) % 3;
                pixels.AsSpan(3 * i, 3).Fill((byte)(colour == 2 ? 255 : 0));
                if (colour == 1) pixels[3 * i] = 255;
                (first[i], second[i]) = ((byte)colour, (byte)(colour == 0 ? 0 : 1));
            }
            (first[0], second[0]) = (SegmentationMap.Ignore, SegmentationMap.Ignore);
            return new Sample(this[index], new Image(Size, pixels), [])
            {
                Labels = new SegmentationMap(Size, first), SecondLabels = new SegmentationMap(Size, second),
            };
        }
    }
}
