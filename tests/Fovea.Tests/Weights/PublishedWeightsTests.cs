using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Fovea.Structures;
using Fovea.Weights;

namespace Fovea.Tests.Weights;

/// <summary>The facts themselves are compared with torchvision by tests/goldens/weights/check_published.py.</summary>
public sealed class PublishedWeightsTests
{
    [Fact]
    public void EveryEntryIsWhole()
    {
        Assert.Equal(134, PublishedWeights.All.Count);
        Assert.Equal(98, PublishedWeights.All.Where(w => w.IsDefault).Select(w => w.ModelId).Distinct().Count());
        Assert.Equal(134, PublishedWeights.All.Select(w => w.FileName).Distinct().Count());
        foreach (PublishedWeights weights in PublishedWeights.All)
        {
            string what = $"{weights.ModelId} {weights.Name}";
            Assert.True(weights.Url.Scheme == "https", what);
            Assert.True(weights.FileName.EndsWith($"-{weights.Sha256Prefix}.pth", StringComparison.Ordinal), what);
            Assert.True(Regex.IsMatch(weights.Sha256Prefix, "^[0-9a-f]{8,}$"), what);
            Assert.True(weights.Metrics.Values.All(value => value is > 0 and < 100), what);
            Assert.True(weights.FeaturesOnly == (weights.ClassCount == 0), what);
            PublishedPreprocessing p = weights.Preprocessing;
            Assert.True((p.Resize ?? p.MinSize ?? p.FixedSize?[0]) > 0 && p.Mean.Count == 3 && p.Std.Count == 3, what);
            Assert.True(p.Interpolation is "bilinear" or "bicubic", what);
            Assert.Equal(weights.ClassCount - (weights.ClassListName is "coco" or "coco_person" ? 1 : 0), weights.Categories.Count);
        }
    }

    [Fact]
    public void WhatLoadsIntoAModelHereIsOfItsTask()
    {
        foreach (ModelEntry entry in ModelZoo.Entries)
            Assert.All(entry.Weights, weights => Assert.StartsWith(entry.Task == "classify" ? "IMAGENET1K_" : "COCO_", weights.Name));
        Assert.Contains("resnet18", PublishedWeights.ModelsOfTheZoo());
        Assert.DoesNotContain("fasterrcnn_resnet18_fpn", PublishedWeights.ModelsOfTheZoo());
    }

    [Theory]
    [InlineData("resnet50", "IMAGENET1K_V1", "IMAGENET1K_V1")]
    [InlineData("resnet50", "imagenet1k_v2", "IMAGENET1K_V2")]
    [InlineData("resnet50", "Default", "IMAGENET1K_V2")]
    [InlineData("resnet50", "ImageNet", "IMAGENET1K_V2")]
    [InlineData("vgg16", "imagenet", "IMAGENET1K_V1")]
    [InlineData("vgg16", "IMAGENET1K_FEATURES", "IMAGENET1K_FEATURES")]
    [InlineData("fasterrcnn_resnet50_fpn", "coco", "COCO_V1")]
    [InlineData("keypointrcnn_resnet50_fpn", "coco", "COCO_V1")]
    [InlineData("fcn_resnet50", "VOC", "COCO_WITH_VOC_LABELS_V1")]
    [InlineData("fcn_resnet50", "coco", "COCO_WITH_VOC_LABELS_V1")]
    public void NamesAreTorchvisionsOrShort(string model, string name, string expected) =>
        Assert.Equal(expected, PublishedWeights.Find(model, name).Name);

    [Theory]
    [InlineData("resnet50", "coco", "resnet50 has no published weights 'coco'. It has: IMAGENET1K_V1, IMAGENET1K_V2.")]
    [InlineData("resnet50", "", "resnet50 has no published weights ''. It has:")]
    [InlineData("fasterrcnn_resnet50_fpn", "voc", "It has: COCO_V1.")]
    [InlineData("fasterrcnn_resnet18_fpn", "coco", "fasterrcnn_resnet18_fpn has no published weights. Models that have: resnet18, ")]
    public void WhatIsNotThereIsToldWithWhatIs(string model, string name, string message)
    {
        Assert.False(PublishedWeights.TryFind(model, name, out _));
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => PublishedWeights.Find(model, name)).Message);
    }

    [Theory]
    [InlineData("fasterrcnn_resnet50_fpn", "resnet50", "imagenet", "IMAGENET1K_V1")]    // torchvision's choice, not resnet50's default
    [InlineData("fasterrcnn_resnet50_fpn", "resnet50", "DEFAULT", "IMAGENET1K_V1")]
    [InlineData("fasterrcnn_resnet50_fpn", "resnet50", "imagenet1k_v2", "IMAGENET1K_V2")]
    [InlineData("ssd300_vgg16", "vgg16", "imagenet", "IMAGENET1K_FEATURES")]
    [InlineData("localizer_resnet50", "resnet50", "imagenet", "IMAGENET1K_V2")]
    public void ABackboneStartsAsTorchvisionStartsIt(string model, string backbone, string name, string expected)
    {
        PublishedWeights weights = PublishedWeights.FindForBackbone(model, backbone, name);
        Assert.Equal((backbone, expected), (weights.ModelId, weights.Name));
    }

    [Fact]
    public void ADetectorsFactsAreThere()
    {
        PublishedWeights weights = PublishedWeights.Find("fasterrcnn_resnet50_fpn", "coco");
        Assert.Equal((91, 41_755_286, 0, "box ap 37"),
            (weights.ClassCount, weights.ParameterCount, weights.BatchNormEpsilon, weights.Score));
        Assert.Equal((800, 1333), (weights.Preprocessing.MinSize, weights.Preprocessing.MaxSize));
        Assert.Equal(new Category(1, "person"), weights.Categories[0]);
        Assert.Equal(new Category(12, "unused 12"), weights.Categories[11]);
        Assert.Equal(new Category(90, "toothbrush"), weights.Categories[^1]);
        Assert.Equal(90, weights.Categories.Select(c => c.Name).Distinct().Count());
    }

    [Fact]
    public void ASegmentersFirstClassIsTheBackground()
    {
        PublishedWeights weights = PublishedWeights.Find("fcn_resnet50", "voc");
        Assert.Equal((21, new Category(0, "background"), new Category(1, "aeroplane"), new Category(20, "tvmonitor")),
            (weights.Categories.Count, weights.Categories[0], weights.Categories[1], weights.Categories[^1]));
        Assert.Equal((520, "miou 60.5"), (SegmenterSettings.Under(weights).ShorterSide, weights.Score));
    }

    [Fact]
    public void ClassListsHoldTheirClasses()
    {
        Assert.Equal(["imagenet", "coco", "coco_person", "voc"], ClassList.Names);
        ClassList imagenet = ClassList.Find("imagenet");
        IReadOnlyList<Category> classes = imagenet.Categories(1000);
        Assert.Equal((1000, 1000, 1000),
            (classes.Count, classes.Select(c => c.Name).Distinct().Count(), imagenet.WordNetNumbers.Distinct().Count()));
        Assert.Equal((new Category(1, "tench"), "n01440764"), (classes[0], imagenet.WordNetNumbers[0]));
        Assert.Equal((new Category(1000, "toilet tissue"), "n15075141"), (classes[^1], imagenet.WordNetNumbers[^1]));
        Assert.Equal("aeroplane", ClassList.Find("voc").Categories(21)[0].Name);
        Assert.Equal([new Category(1, "person")], ClassList.Find("coco_person").Categories(2));
        Assert.Contains("there are imagenet, coco, coco_person, voc",
            Assert.Throws<ArgumentException>(() => ClassList.Find("ade")).Message);
    }

    [Fact]
    public void AFileIsRecognisedByItsNameAndContents()
    {
        PublishedWeights weights = PublishedWeights.Find("resnet18", "default");
        string path = Path.Combine(Directory.CreateTempSubdirectory("fovea-weights-").FullName, weights.FileName);
        File.WriteAllBytes(path, [1, 2, 3]);
        Assert.Null(PublishedWeights.OfFile(path));
        Assert.Null(PublishedWeights.OfFile("there-is-no-such-file.pth"));
        byte[] hash = SHA256.HashData([1, 2, 3]);
        Assert.True((weights with { Sha256Prefix = Convert.ToHexStringLower(hash)[..8] }).HasHash(hash));
        Assert.False(weights.HasHash(hash));
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }
}
