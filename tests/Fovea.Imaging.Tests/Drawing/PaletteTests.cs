namespace Fovea.Imaging.Tests.Drawing;

public class PaletteTests
{
    [Fact]
    public void Colours_are_the_published_ones_first()
    {
        Assert.Equal("#E69F00", Palette.Colour(0).ToString());
        Assert.Equal("#0072B2", Palette.Colour(4).ToString());
    }

    [Fact]
    public void The_first_forty_are_all_distinct()
    {
        for (int i = 0; i < 40; i++)
            for (int j = 0; j < i; j++)
            {
                Rgb a = Palette.Colour(i), b = Palette.Colour(j);
                int distance = Math.Abs(a.R - b.R) + Math.Abs(a.G - b.G) + Math.Abs(a.B - b.B);
                Assert.True(distance >= 12, $"{i} {a} and {j} {b}");
            }
    }

    [Fact]
    public void Every_index_has_a_colour_neither_black_nor_white()
    {
        foreach (int index in (int[])[int.MinValue, -1, 15, 1000, int.MaxValue]) Assert.InRange(Palette.Colour(index).Luminance, 0.03, 0.9);
    }
}
