using Fovea.Imaging.Drawing;

namespace Fovea.Imaging.Tests.Drawing;

public class LabelLayoutTests
{
    private static readonly ImageSize _picture = new(200, 300);
    private static readonly Area _plate = new(0, 0, 60, 12);

    [Fact]
    public void Alone_it_stands_above_the_upper_left_corner() =>
        Assert.Equal(new Area(50, 38, 60, 12), Place(new Area(50, 50, 100, 80)).Single());

    [Fact]
    public void At_the_upper_border_it_moves_and_stays_inside()
    {
        Area[] boxes = [new(-5, -5, 20, 20), new(280, 190, 40, 40), new(290, -3, 10, 300), new(0, 0, 300, 200), new(-900, 900, 1, 1)];
        foreach (Area box in boxes) AssertInside(Place(box).Single());
    }

    [Fact]
    public void Labels_of_neighbours_do_not_cover_each_other()
    {
        Area[] places = Place([.. Enumerable.Range(0, 6).Select(i => new Area(100 + 6 * i, 80 + 3 * i, 40, 40))]);
        for (int i = 0; i < places.Length; i++)
        {
            AssertInside(places[i]);
            for (int j = 0; j < i; j++) Assert.Equal(0, places[i].Overlap(places[j]));
        }
    }

    [Fact]
    public void A_label_avoids_those_already_drawn()
    {
        Area usual = new(50, 38, 60, 12);
        Assert.Equal(0, LabelLayout.Place([(new Area(50, 50, 100, 80), _plate)], [usual], _picture).Single().Overlap(usual));
    }

    [Fact]
    public void A_label_does_not_hide_a_small_neighbour()
    {
        Area small = new(55, 36, 20, 10);
        Assert.Equal(0, Place(new Area(50, 50, 100, 80), small)[0].Overlap(small));
    }

    [Fact]
    public void A_plate_larger_than_the_picture_begins_at_its_corner() =>
        Assert.Equal(new Area(0, 0, 500, 300), LabelLayout.Place([(new Area(10, 10, 5, 5), new Area(0, 0, 500, 300))], [], _picture).Single());

    [Fact]
    public void Thousands_of_labels_are_placed_at_once() =>
        Assert.All(Place([.. Enumerable.Range(0, 50_000).Select(i => new Area(i % 300, i % 200, 9, 9))]), AssertInside);

    private static Area[] Place(params Area[] boxes) => LabelLayout.Place([.. boxes.Select(box => (box, _plate))], [], _picture);

    private static void AssertInside(Area area)
    {
        Assert.InRange(area.X, 0, _picture.Width - area.Width);
        Assert.InRange(area.Y, 0, _picture.Height - area.Height);
    }
}
