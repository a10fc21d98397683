using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Tests.Structures;

public sealed class MaskTracingTests
{
    private static RunLengthMask Of(params string[] rows) => RunLengthMask.FromBitmap(new Mask(new ImageSize(rows.Length, rows[0].Length),
        [.. rows.SelectMany(row => row.Select(c => c == '#' ? (byte)1 : (byte)0))]));

    [Fact]
    public void A_part_is_traced_clockwise_through_its_corners_alone()
    {
        (IReadOnlyList<double[]> parts, IReadOnlyList<double[]> holes) = Of(
            "......",
            ".###..",
            ".#....").Trace();
        Assert.Equal([4, 1, 4, 2, 2, 2, 2, 3, 1, 3, 1, 1], Assert.Single(parts));
        Assert.Empty(holes);
    }

    [Fact]
    public void Holes_are_told_from_parts_and_corners_do_not_join_parts()
    {
        (IReadOnlyList<double[]> parts, IReadOnlyList<double[]> holes) = Of(
            "###...",
            "#.#...",
            "###...",
            "...#..",
            "....#.").Trace();
        Assert.Equal(3, parts.Count);
        Assert.Equal([1, 1, 1, 2, 2, 2, 2, 1], Rotated(Assert.Single(holes)));
        Assert.Empty(RunLengthMask.Empty(new ImageSize(3, 4)).Trace().Parts);

        // From the upper left corner on.
        static double[] Rotated(double[] line)
        {
            int start = 0;
            for (int i = 2; i < line.Length; i += 2)
                if ((line[i + 1], line[i]).CompareTo((line[start + 1], line[start])) < 0) start = i;
            return [.. line[start..], .. line[..start]];
        }
    }

    [Fact]
    public void Traced_lines_give_every_mask_back()
    {
        var random = new Random(5);
        int holed = 0;
        for (int round = 0; round < 300; round++)
        {
            var size = new ImageSize(random.Next(1, 14), random.Next(1, 14));
            double density = random.NextDouble();
            var mask = RunLengthMask.FromBitmap(new Mask(size, [.. Enumerable.Range(0, (int)size.Pixels)
                .Select(_ => random.NextDouble() < density ? (byte)1 : (byte)0)]));
            if (mask.IsEmpty) continue;
            (IReadOnlyList<double[]> parts, IReadOnlyList<double[]> holes) = mask.Trace();
            Assert.Equal(mask, RunLengthMask.FromPolygons([RunLengthMask.Join([.. parts, .. holes])], size));
            RunLengthMask united = RunLengthMask.FromPolygons(parts, size);
            Assert.Equal(holes.Count == 0, united.Equals(mask));
            holed += holes.Count > 0 ? 1 : 0;
        }
        Assert.InRange(holed, 30, 250);
    }
}
