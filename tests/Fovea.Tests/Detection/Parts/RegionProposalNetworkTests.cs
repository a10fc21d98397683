using System.Text.Json;
using Fovea.Detection;
using Fovea.Detection.Parts;
using Fovea.Imaging;
using Fovea.Torch;
using static Fovea.Tests.Detection.DetectionGoldens;
using static Fovea.Tests.Ops.OpsGoldens;

namespace Fovea.Tests.Detection.Parts;

public class RegionProposalNetworkTests
{
    private static readonly RpnOptions All = new() { BatchSizePerImage = int.MaxValue };

    private static RegionProposalNetwork Network(RpnOptions options, bool training = false)
    {
        var network = new RegionProposalNetwork(new AnchorGenerator([[8], [16]], [0.5f, 1, 2]), new RpnHead(3, 3), options);
        network.Train(training);
        return network;
    }

    private static DetectionTarget Target(params float[] boxes) =>
        new(Tensor.From(boxes, boxes.Length / 4, 4), Tensor.Ones([boxes.Length / 4], DType.Int64));

    // Two pictures in a batch of 32 x 40, with maps of 4 x 5 and 2 x 3 cells of three anchors.
    private static RegionProposalNetwork.Level[] Levels(Tensor objectness, Tensor deltas)
    {
        using var generator = new AnchorGenerator([[8], [16]], [0.5f, 1, 2]);
        Tensor[] anchors = generator.Generate([Tensor.Zeros([2, 3, 4, 5]), Tensor.Zeros([2, 3, 2, 3])], new ImageSize(32, 40));
        return [new(objectness[.., ..60], deltas[.., ..60], anchors[0]), new(objectness[.., 60..], deltas[.., 60..], anchors[1])];
    }

    // One picture whose anchors are given.
    private static RegionProposalNetwork.Level One(Tensor objectness, Tensor deltas, params float[] anchors) =>
        new(objectness, deltas, Tensor.From(anchors, anchors.Length / 4, 4));

    [Fact]
    public void Regions_are_torchvisions()
    {
        using var scope = new TensorScope();
        using RegionProposalNetwork network = Network(new RpnOptions { PreNmsTopNTesting = 8, PostNmsTopNTesting = 6 });
        Tensor[] regions = network.Propose(Levels(Filled(5, 2, 78) * 4, Filled(6, 2, 78, 4) * 0.5), [new(32, 40), new(20, 30)]);
        JsonElement golden = Golden("rpn");
        Assert.Equal(golden.GetProperty("counts").Longs(), regions.Select(r => r.Size(0)));
        AssertClose(golden.GetProperty("regions").Floats(), Values32(regions), 1e-5);
    }

    [Fact]
    public void Losses_are_torchvisions()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        using RegionProposalNetwork network = Network(All, training: true);
        (Tensor objectness, Tensor box) = network.ComputeLosses(Levels(Filled(5, 2, 78) * 4, Filled(6, 2, 78, 4) * 0.5),
            [Target(3, 2, 12, 10, 10, 5, 30, 25), Target()], generator);
        AssertClose(Golden("rpn").GetProperty("losses").Floats(), Values32(objectness, box), 1e-5);
    }

    // Anchors on the object, far away, and with an IoU of 1/2, which is neither.
    [Fact]
    public void Losses_worked_by_hand()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        using RegionProposalNetwork network = Network(All, training: true);
        Tensor objectness = Tensor.From<float>([0, 2, 5], 1, 3);
        Tensor deltas = Tensor.From<float>([0.5f, 0, 0, 0.05f, 9, 9, 9, 9, 9, 9, 9, 9], 1, 3, 4);
        (Tensor objectnessLoss, Tensor box) = network.ComputeLosses(
            [One(objectness, deltas, 0, 0, 10, 10, 50, 50, 60, 60, 0, 0, 10, 5)], [Target(0, 0, 10, 10)], generator);
        Assert.Equal((Math.Log(2) + Math.Log(1 + Math.Exp(2))) / 2, objectnessLoss.Item(), 1e-6);
        // Smooth L1 with its bend at 1/9: a straight line at 0.5, a square at 0.05; over both anchors.
        Assert.Equal((0.5 - 1.0 / 18 + 0.05 * 0.05 * 9 / 2) / 2, box.Item(), 1e-6);
    }

    [Fact]
    public void A_batch_without_objects_teaches_background_only()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        using RegionProposalNetwork network = Network(All, training: true);
        Tensor objectness = Tensor.Zeros([1, 2]), deltas = Tensor.Ones([1, 2, 4]);
        (objectness.RequiresGrad, deltas.RequiresGrad) = (true, true);
        (Tensor objectnessLoss, Tensor box) = network.ComputeLosses([One(objectness, deltas, 0, 0, 8, 8, 8, 0, 16, 8)], [Target()],
            generator);
        Assert.Equal(Math.Log(2), objectnessLoss.Item(), 1e-6);
        Assert.Equal(0, box.Item());
        (objectnessLoss + box).Backward();
        Assert.Equal([0.25f, 0.25f], objectness.Grad!.ToArray<float>());
        Assert.All(deltas.Grad!.ToArray<float>(), v => Assert.Equal(0, v));
    }

    [Fact]
    public void Where_no_anchor_is_sampled_the_losses_are_zero()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        // No place for an object, and nothing overlaps by less than 0.
        using RegionProposalNetwork network = Network(All with { PositiveFraction = 0, BackgroundIoU = 0 }, training: true);
        (Tensor objectness, Tensor box) = network.ComputeLosses(
            [One(Tensor.Ones([1, 1]), Tensor.Ones([1, 1, 4]), 0, 0, 8, 8)], [Target(0, 0, 8, 8)], generator);
        Assert.Equal((0, 0), (objectness.Item(), box.Item()));
    }

    [Fact]
    public void Regions_are_clipped_and_those_without_size_dropped()
    {
        using var scope = new TensorScope();
        using RegionProposalNetwork network = Network(new RpnOptions());
        // Partly outside; next to nothing; wholly outside; inside.
        Tensor deltas = Tensor.From<float>([0, 0, 0, 0, 0, 0, -20, -20, 0, 0, 0, 0, 0, 0, 0, 0], 1, 4, 4);
        RegionProposalNetwork.Level level = One(Tensor.From<float>([4, 3, 2, 1], 1, 4), deltas,
            -4, -4, 4, 4, 0, 0, 8, 8, 40, 0, 48, 8, 2, 10, 12, 18);
        Assert.Equal([0, 0, 4, 4, 2, 10, 12, 18], network.Propose([level], [new ImageSize(30, 40)])[0].ToArray<float>());
        RegionProposalNetwork.Level nothing = One(Tensor.Ones([1, 1]), Tensor.Zeros([1, 1, 4]), 40, 0, 48, 8);
        Assert.Equal([0, 4], network.Propose([nothing], [new ImageSize(30, 40)])[0].Shape);
    }

    [Fact]
    public void Levels_do_not_suppress_each_other()
    {
        using var scope = new TensorScope();
        using RegionProposalNetwork network = Network(new RpnOptions());
        Tensor deltas = Tensor.Zeros([1, 2, 4]);
        float[] same = [0, 0, 8, 8, 0, 0, 8, 8];
        Assert.Equal(1, network.Propose([One(Tensor.Ones([1, 2]), deltas, same)], [new ImageSize(30, 40)])[0].Size(0));
        Tensor one = Tensor.Ones([1, 1]), none = Tensor.Zeros([1, 1, 4]);
        Assert.Equal(2, network.Propose([One(one, none, same[..4]), One(one, none, same[..4])], [new ImageSize(30, 40)])[0].Size(0));
    }

    [Theory, InlineData(true, 5), InlineData(false, 3)]
    public void Training_and_prediction_have_counts_of_their_own(bool training, int count)
    {
        using var scope = new TensorScope();
        using RegionProposalNetwork network = Network(new RpnOptions
        {
            PreNmsTopNTraining = 7, PostNmsTopNTraining = 5, PreNmsTopNTesting = 4, PostNmsTopNTesting = 3,
        }, training);
        float[] anchors = [.. Enumerable.Range(0, 10).SelectMany(i => new float[] { 10 * i, 0, 10 * i + 8, 8 })];
        Tensor regions = network.Propose([One(Tensor.Arange(0, 10, dtype: DType.Float32).View(1, 10), Tensor.Zeros([1, 10, 4]), anchors)],
            [new ImageSize(30, 100)])[0];
        Assert.Equal([.. Enumerable.Range(0, count).Select(i => 90f - 10 * i)], regions[.., 0].ToArray<float>());
    }

    [Fact]
    public void Regions_carry_no_gradient()
    {
        using var scope = new TensorScope();
        using RegionProposalNetwork network = Network(new RpnOptions(), training: true);
        Tensor deltas = Tensor.Zeros([1, 1, 4]);
        deltas.RequiresGrad = true;
        Assert.False(network.Propose([One(Tensor.Ones([1, 1]), deltas, 0, 0, 8, 8)], [new ImageSize(30, 40)])[0].RequiresGrad);
    }
}
