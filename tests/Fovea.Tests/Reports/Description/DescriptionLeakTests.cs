using Fovea.Backbones;
using Fovea.Reports.Description;
using Fovea.Tests.Ops;
using Fovea.Torch;

namespace Fovea.Tests.Reports.Description;

/// <summary>Counts the live tensors of the whole process, and therefore runs alone.</summary>
[Collection(nameof(OperatorLeakTests))]
public class DescriptionLeakTests
{
    [Fact]
    public void NoTensorIsLeftBehind()
    {
        using var model = new CifarResNet(8, new BackboneOptions { ClassCount = 10 });
        ModelDescriber.Describe(model, 32, 32);
        long before = LiveTensors.Settled();
        ModelDescriber.Describe(model, 32, 32);
        Assert.Equal(before, Tensor.LiveCount);
    }
}
