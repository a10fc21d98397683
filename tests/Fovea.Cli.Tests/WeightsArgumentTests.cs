using Fovea.Weights;

namespace Fovea.Cli.Tests;

public sealed class WeightsArgumentTests : IDisposable
{
    private readonly WorkFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void NamesAndFilesAreToldApart()
    {
        ModelEntry resnet = ModelZoo.Find("resnet50");
        Assert.Equal("IMAGENET1K_V2", WeightsArgument.Of(resnet, "imagenet").Kept);
        Assert.Equal("IMAGENET1K_V1", WeightsArgument.Of(resnet, "imagenet1k_v1").Published!.Name);
        string file = _folder.Write("imagenet", "x");
        Assert.Equal(new WeightsArgument(file, null), WeightsArgument.Of(resnet, file));
        // A name alone is no proof of what a file holds.
        string pretender = _folder.Write("resnet50-11ad3fa6.pth", "x");
        Assert.Equal(new WeightsArgument(pretender, null), WeightsArgument.Of(resnet, pretender));
    }

    [Fact]
    public void ABackbonesWeightsAreItsNetworks()
    {
        ModelEntry detector = ModelZoo.Find("fasterrcnn_resnet50_fpn");
        PublishedWeights weights = WeightsArgument.OfBackbone(detector, "imagenet").Published!;
        Assert.Equal(("resnet50", "IMAGENET1K_V1"), (weights.ModelId, weights.Name));
        Assert.Equal("IMAGENET1K_V2", WeightsArgument.OfBackbone(detector, "IMAGENET1K_V2").Kept);
        string file = _folder.Write("resnet.pth", "x");
        Assert.Equal(file, WeightsArgument.OfBackbone(detector, file).File);
    }

    [Theory]
    [InlineData("resnet50", "coco",
        "--weights: resnet50 has no published weights 'coco'. It has: IMAGENET1K_V1, IMAGENET1K_V2. Nor is there a file 'coco'.")]
    [InlineData("fasterrcnn_resnet18_fpn", "coco", "--weights: fasterrcnn_resnet18_fpn has no published weights. Models that have: ")]
    [InlineData("fasterrcnn_resnet50_fpn", "imagenet", "For its backbone alone: --weights-backbone imagenet.")]
    [InlineData("vgg16", "IMAGENET1K_FEATURES", "--weights: vgg16's IMAGENET1K_FEATURES have no classifier")]
    [InlineData("resnet50", "weights/r50.pth", "--weights: there is no file 'weights/r50.pth'.")]
    public void WhatIsNotThereIsToldWithWhatIs(string model, string text, string message) =>
        Assert.Contains(message, Assert.Throws<UsageException>(() => WeightsArgument.Of(ModelZoo.Find(model), text)).Message);

    [Theory]
    [InlineData("resnet50", "imagenet", "--weights-backbone: resnet50 has no backbone that could begin")]
    [InlineData("fasterrcnn_resnet50_fpn", "coco", "--weights-backbone: resnet50 has no published weights 'coco'. It has: IMAGENET1K_V1")]
    [InlineData("fasterrcnn_resnet50_fpn", "r50.pth", "--weights-backbone: there is no file 'r50.pth'.")]
    public void SoItIsForBackbones(string model, string text, string message) =>
        Assert.Contains(message, Assert.Throws<UsageException>(() => WeightsArgument.OfBackbone(ModelZoo.Find(model), text)).Message);
}
