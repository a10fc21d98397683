using Fovea.Imaging;
using Fovea.Inference;

namespace Fovea.Tests.Inference;

public class TilePlanTests
{
    /// <summary>Three tiles of 4 over 8 pixels overlap by 2: in the shared two pixels one fades as the other comes.</summary>
    [Fact]
    public void FeatheredTilesByHand()
    {
        var plan = new TilePlan(new ImageSize(4, 8), 4, 2, TileBlend.Feather);
        Assert.Single(plan.Rows);
        Assert.Equal([0, 2, 4], plan.Columns.Select(c => c.Start));
        Assert.Equal([1, 1, 0.75f, 0.25f], plan.Columns[0].Weights);
        Assert.Equal([0.25f, 0.75f, 0.75f, 0.25f], plan.Columns[1].Weights);
        Assert.Equal([0.25f, 0.75f, 1, 1], plan.Columns[2].Weights);
    }

    [Fact]
    public void CutTilesByHand()
    {
        var plan = new TilePlan(new ImageSize(4, 8), 4, 2, TileBlend.Cut);
        Assert.Equal([1, 1, 1, 0], plan.Columns[0].Weights);
        Assert.Equal([0, 1, 1, 0], plan.Columns[1].Weights);
        Assert.Equal([0, 1, 1, 1], plan.Columns[2].Weights);
    }

    /// <summary>Every pixel is covered, weights add up to one, and tiles have one size within the picture.</summary>
    [Theory]
    [InlineData(1, 16, 4)]
    [InlineData(16, 16, 4)]
    [InlineData(17, 16, 4)]
    [InlineData(100, 16, 0)]
    [InlineData(101, 16, 12)]
    [InlineData(1000, 64, 21)]
    public void WeightsAddUpToOne(int length, int side, int overlap)
    {
        foreach (TileBlend blend in Enum.GetValues<TileBlend>())
        {
            var plan = new TilePlan(new ImageSize(length, 7), side, overlap, blend);
            var sums = new double[length];
            foreach (TileStretch row in plan.Rows)
            {
                Assert.Equal(Math.Min(side, length), row.Length);
                for (int i = 0; i < row.Length; i++) sums[row.Start + i] += row.Weights[i];
            }
            Assert.All(sums, sum => Assert.Equal(1, sum, 6));
            Assert.Equal(0, plan.Rows[0].Start);
            Assert.Equal(length, plan.Rows[^1].End);
            for (int i = 1; i < plan.Rows.Length; i++)
                Assert.True(plan.Rows[i - 1].End - plan.Rows[i].Start >= Math.Min(overlap, side - 1) || plan.Rows.Length == 1);
        }
    }

    [Fact]
    public void LargePicturesAreTiledByThemselves()
    {
        var options = new SegmentationInference();
        Assert.True(options.Plan(new ImageSize(1024, 2048)).IsWhole);
        TilePlan plan = options.Plan(new ImageSize(6000, 8000));
        Assert.Equal(1024, plan.Rows[0].Length);
        Assert.False(plan.IsWhole);
        Assert.False((options with { TileSize = 16 }).Plan(new ImageSize(17, 8)).IsWhole);
    }
}
