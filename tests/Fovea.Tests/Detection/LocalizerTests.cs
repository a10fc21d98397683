using Fovea.Data;
using Fovea.Detection;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Tests.Training;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Torch.Optim;

namespace Fovea.Tests.Detection;

public class LocalizerTests
{
    private static readonly LocalizerOptions Small = new() { Transform = new DetectionTransform { MinSize = 64, MaxSize = 64 } };

    // With weights at zero the biases are what the network says, whatever the picture.
    private static Localizer Saying(float[] logits, float[] code)
    {
        using var scope = new TensorScope();
        var model = new Localizer(new TinyBackbone(), logits.Length, Small);
        using var noGrad = new NoGrad();
        foreach ((string name, Tensor parameter) in model.NamedParameters().Where(p => p.Name.Contains("head")))
            if (name == "class_head.bias") parameter.CopyInPlace(Tensor.From(logits, logits.Length));
            else if (name == "box_head.bias") parameter.CopyInPlace(Tensor.From(code, 4));
            else parameter.ZeroInPlace();
        return model;
    }

    private static Image Grey(int height, int width) => new(new ImageSize(height, width), new byte[height * width * 3]);

    [Fact]
    public void TheBoxIsToldInTheOriginalPicture()
    {
        using Localizer model = Saying([0, 1, 3], [0.5f, 0.25f, 0.5f, 0.25f]);
        model.Train(false);
        using var scope = new TensorScope();
        // 128 x 64 becomes 64 x 32 in the corner of 64 x 64: x 16..48 is cut at 32, y 8..24; twice that in the original.
        Detections found = model.Predict(model.Transform.Batch([Grey(128, 64)]))[0];
        Assert.Equal(new Box(32, 16, 64, 48), found.Boxes[0]);
        Assert.Equal([1], found.Categories);
        Assert.Equal(Math.Exp(3) / (1 + Math.E + Math.Exp(3)), found.Scores[0], 1e-6);
    }

    [Theory]
    [InlineData(9f, 0.5f)]       // "nothing" leaves too small a score
    [InlineData(0f, 0f)]         // a box without width
    [InlineData(0f, -1f)]
    public void NothingIsTold(float nothing, float width)
    {
        using Localizer model = Saying([nothing, 1, 1], [0.5f, 0.5f, width, 0.5f]);
        model.Train(false);
        using var scope = new TensorScope();
        Assert.Equal(0, model.Predict(model.Transform.Batch([Grey(64, 64)]))[0].Count);
    }

    // One picture with a small and a large object, one without any.
    [Fact]
    public void LossesWorkedByHand()
    {
        using Localizer model = Saying([0, 0, 0], [0.5f, 0.5f, 0.5f, 0.5f]);
        using var scope = new TensorScope();
        ImageBatch batch = model.Transform.Batch([Grey(64, 64), Grey(64, 64)]);
        DetectionTarget[] targets =
        [
            DetectionTarget.From([new Annotation { Category = 0, Box = new Box(0, 0, 4, 4) }, new Annotation { Category = 1, Box = new Box(0, 16, 32, 48) }], batch.OriginalSizes[0], batch.Sizes[0]),
            DetectionTarget.From([], batch.OriginalSizes[1], batch.Sizes[1]),
        ];
        using var generator = new Generator(1);
        IReadOnlyDictionary<string, Tensor> losses = model.ComputeLosses(batch, targets, generator);
        Assert.Equal(Math.Log(3), losses["loss_classifier"].Item(), 1e-6);
        // The large box is centre (0.25, 0.5), size (0.5, 0.5): 0.25 off, less half of beta 0.05; times the weight 5.
        Assert.Equal(5 * (0.25 - 0.025), losses["loss_box_reg"].Item(), 1e-6);
        Assert.Equal(0, model.ComputeLosses(model.Transform.Batch([Grey(64, 64)]), targets[1..], generator)["loss_box_reg"].Item());
    }

    [Fact]
    public void ItLearnsFourPictures()
    {
        using var generator = new Generator(3);
        using var model = new Localizer(new TinyBackbone(generator), 3, Small, generator);
        Sample[] samples = [.. Enumerable.Range(0, 4).Select(i => new TinyPictures(8).Load(2 * i))];
        using var optimizer = new Adam([new ParameterGroup(model.NamedParameters(), 3e-3, 0)]);
        for (int step = 0; step < 120; step++)
        {
            using var scope = new TensorScope();
            ImageBatch batch = model.Transform.Batch([.. samples.Select(s => s.Image)]);
            var targets = samples.Select((s, n) => DetectionTarget.From(s.Annotations, batch.OriginalSizes[n], batch.Sizes[n])).ToArray();
            model.ComputeLosses(batch, targets, generator).Values.Aggregate((a, b) => a + b).Backward();
            optimizer.Step();
            optimizer.ZeroGrad();
        }
        using var outer = new TensorScope();
        ImageBatch all = model.Transform.Batch([.. samples.Select(s => s.Image)]);
        Detections[] found = model.Predict(all);                        // in training mode: batch norm has seen few steps
        Assert.All(found.Zip(samples), pair =>
        {
            Assert.Equal(pair.Second.Annotations[0].Category, pair.First.Categories[0]);
            Assert.True(pair.First.Boxes[0].IoU(pair.Second.Annotations[0].Box) > 0.6, $"{pair.First.Boxes[0]} against {pair.Second.Annotations[0].Box}");
        });
    }
}
