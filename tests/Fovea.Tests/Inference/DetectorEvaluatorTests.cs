using Fovea.Data;
using Fovea.Imaging;
using Fovea.Inference;
using Fovea.Metrics;
using Fovea.Structures;
using Fovea.Tests.Transforms;

namespace Fovea.Tests.Inference;

/// <summary>What a detector of masks is measured on.</summary>
public class DetectorEvaluatorTests
{
    private static readonly ImageSize Size = new(20, 30);
    private static readonly Annotation Whole = TestSamples.Filled(Size, 2, 2, 12, 12), Bare = TestSamples.Boxed(15, 2, 25, 12) with { Category = 1 };

    [Fact]
    public void Masks_are_measured_where_every_object_has_one_and_boxes_everywhere()
    {
        var data = new Pictures([Whole], [Whole, Bare], []);
        var evaluator = new DetectorEvaluator(data, CocoOptions.WithLimit(100), masks: true, keypoints: false);
        for (int i = 0; i < data.Count; i++) evaluator.Add(data[i], Found([.. data[i].Annotations.Take(1)]));
        DetectorResult result = evaluator.Evaluate(CancellationToken.None);
        Assert.Equal(1, result.PicturesWithoutMasks);
        Assert.Equal(1, result.Masks!.Summary.Ap, 9);
        Assert.InRange(result.Boxes.Summary.Ap, 0.6, 0.7);                   // two of three objects
        Assert.Same(result.Masks, result.Main);
    }

    [Fact]
    public void Without_any_picture_whose_objects_all_have_masks_only_boxes_are_measured()
    {
        var data = new Pictures([Bare], [Whole, Bare], []);
        Assert.False(((IDataset)data).HasMasks());
        var evaluator = new DetectorEvaluator(data, CocoOptions.WithLimit(100), masks: true, keypoints: false);
        evaluator.Add(data[0], Found([]));
        Assert.Null(evaluator.Evaluate(CancellationToken.None).Masks);
    }

    private static Detections Found(Annotation[] objects) => Detections.Sort(Size, [.. objects.Select(a => a.Box)],
        [.. objects.Select(_ => 0.9f)], [.. objects.Select(a => a.Category)]).WithMasks([.. objects.Select(a => a.Mask!)]);

    private sealed class Pictures(params Annotation[][] objects) : IDataset
    {
        public string Name => "three pictures";

        public IReadOnlyList<Category> Categories { get; } = [new(1, "a"), new(2, "b")];

        public int Count => objects.Length;

        public ImageRecord this[int index] => new(index, $"{index}.png", Size, objects[index]);

        public Sample Load(int index) => throw new NotSupportedException();
    }
}
