using Fovea.Data;

namespace Fovea.Tests.Data.Loader;

public class BatchPlanTests
{
    private const int Square = 25, Wide = 3;

    // 25 pictures of one shape, then 3 of another.
    private static readonly byte[] Groups = [.. Enumerable.Repeat((byte)4, Square), .. Enumerable.Repeat((byte)7, Wide)];

    private static readonly LoaderOptions Options = new() { BatchSize = 2, Shuffle = true, Seed = 3, GroupByAspect = true, DropLast = true };

    private static int[][] Plan(LoaderOptions options, long epoch = 1) => BatchPlan.Make(Groups.Length, Groups, options, epoch);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_parts_of_all_processes_are_the_batches_of_one_with_their_pictures(int processes)
    {
        foreach (bool dropLast in (bool[])[false, true])
        {
            LoaderOptions options = Options with { DropLast = dropLast, Processes = processes };
            int[][] whole = Plan(options with { BatchSize = 2 * processes, Processes = 1 });
            int[][][] parts = [.. Enumerable.Range(0, processes).Select(process => Plan(options with { Process = process }))];
            Assert.All(parts, part => Assert.Equal(whole.Length, part.Length));
            Assert.Equal(whole.Length, BatchPlan.Count(Groups.Length, Groups, options));
            for (int batch = 0; batch < whole.Length; batch++)
            {
                // A batch that is not full may be smaller than the number of processes: one picture is then several processes'.
                if (whole[batch].Length >= processes) Assert.Equal(whole[batch], parts.SelectMany(part => part[batch]));
                int[] lengths = [.. parts.Select(part => part[batch].Length)];
                Assert.InRange(lengths.Max() - lengths.Min(), 0, 1);
            }
        }
    }

    [Fact]
    public void Every_picture_is_seen_once_but_for_the_rest_of_a_shape_which_changes()
    {
        int[] Seen(long epoch) => [.. Enumerable.Range(0, 2).SelectMany(process => Plan(Options with { Processes = 2, Process = process }, epoch)).SelectMany(b => b)];
        for (long epoch = 0; epoch < 3; epoch++)
        {
            int[] seen = Seen(epoch);
            Assert.Equal(Square / 4 * 4 + Wide, seen.Length);
            Assert.Equal(seen.Length, seen.Distinct().Count());
        }
        Assert.Equal(Groups.Length, Seen(0).Concat(Seen(1)).Concat(Seen(2)).Distinct().Count());
    }

    [Theory]
    [InlineData(5, 2, "0 1 | 2 3 4")]
    [InlineData(6, 3, "0 1 | 2 3 | 4 5")]
    [InlineData(2, 2, "0 | 1")]
    [InlineData(1, 3, "0 | 0 | 0")]
    [InlineData(2, 3, "0 | 1 | 0")]
    public void No_process_is_without_a_picture(int pictures, int processes, string parts) =>
        Assert.Equal(parts, string.Join(" | ", Enumerable.Range(0, processes)
            .Select(process => string.Join(' ', BatchPlan.PartOf([.. Enumerable.Range(0, pictures)], process, processes)))));

    // Weights 3, 1 and 0 over and over: of 3,000 draws three quarters, one quarter, none.
    [Fact]
    public void Weights_say_how_often_pictures_come()
    {
        double[] weights = [.. Enumerable.Range(0, 3000).Select(i => i % 3 == 0 ? 3.0 : i % 3 == 1 ? 1.0 : 0)];
        var options = new LoaderOptions { BatchSize = 10, Shuffle = true, Weights = weights };
        int[] drawn = [.. BatchPlan.Make(3000, null, options, 0).SelectMany(batch => batch)];
        Assert.Equal(3000, drawn.Length);
        int[] counts = [.. Enumerable.Range(0, 3).Select(rest => drawn.Count(i => i % 3 == rest))];
        Assert.InRange(counts[0], 2150, 2350);
        Assert.Equal(0, counts[2]);
        Assert.InRange(drawn.Distinct().Count(), 1200, 1900);
        Assert.NotEqual(drawn, BatchPlan.Make(3000, null, options, 1).SelectMany(batch => batch));
        Assert.Throws<ArgumentException>(() => new LoaderOptions { Weights = [0, 0] });
        Assert.Throws<ArgumentException>(() => new LoaderOptions { Weights = [1, -1] });
    }
}
