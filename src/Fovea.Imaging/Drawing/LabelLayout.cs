namespace Fovea.Imaging.Drawing;

/// <summary>A rectangle on the canvas, in pixels.</summary>
internal readonly record struct Area(double X, double Y, double Width, double Height)
{
    public double Overlap(Area other) =>
        Math.Max(0, Math.Min(X + Width, other.X + other.Width) - Math.Max(X, other.X)) *
        Math.Max(0, Math.Min(Y + Height, other.Y + other.Height) - Math.Max(Y, other.Y));
}

/// <summary>Finds places for labels: at their boxes, inside the picture, and over each other and over small objects as little as
/// possible.</summary>
internal static class LabelLayout
{
    /// <summary>With more labels than this nothing is legible anyway, and comparing all pairs would take long.</summary>
    private const int MostCompared = 1000;

    private const int Rounds = 4;

    /// <summary>Places labels one after the other, then lets each look for a better place among all others, for a few rounds.</summary>
    /// <param name="labels">Each label's box, and the size of its plate (the place in it is ignored).</param>
    /// <param name="taken">Labels that are drawn already.</param>
    /// <param name="picture">The size of the picture.</param>
    public static Area[] Place(IReadOnlyList<(Area Box, Area Plate)> labels, IReadOnlyList<Area> taken, ImageSize picture)
    {
        var places = new Area[labels.Count];
        bool compare = labels.Count + taken.Count <= MostCompared;
        for (int round = 0; round < (compare ? Rounds : 1); round++)
            for (int i = 0; i < labels.Count; i++)
            {
                // In the first round, only the labels before this one have a place.
                int placed = !compare ? 0 : round == 0 ? i : labels.Count;
                places[i] = Best(labels[i].Box, labels[i].Plate, picture, place => compare ? Hidden(place, i, placed) : 0);
            }
        return places;

        // What a label at this place hides: parts of other labels, which is worst, and parts of objects.
        double Hidden(Area place, int self, int placed)
        {
            double labelArea = place.Width * place.Height, hiddenLabels = 0, hiddenObjects = 0;
            for (int other = 0; other < placed; other++)
                if (other != self) hiddenLabels += place.Overlap(places[other]) / labelArea;
            foreach (Area area in taken) hiddenLabels += place.Overlap(area) / labelArea;
            foreach ((Area box, _) in labels)
                if (box is { Width: > 0, Height: > 0 }) hiddenObjects += place.Overlap(box) / (box.Width * box.Height);
            return 25 * hiddenLabels + 1.5 * hiddenObjects;
        }
    }

    private static Area Best(Area box, Area plate, ImageSize picture, Func<Area, double> hidden)
    {
        double left = box.X, right = box.X + box.Width, top = box.Y, bottom = box.Y + box.Height;
        ReadOnlySpan<(double X, double Y)> corners =
        [
            (left, top - plate.Height), (left, top), (right - plate.Width, top - plate.Height), (right - plate.Width, top),
            (left, bottom), (left, bottom - plate.Height), (right - plate.Width, bottom), (right - plate.Width, bottom - plate.Height),
            (right, top), (left - plate.Width, top), (left, top - 2 * plate.Height), (left, bottom + plate.Height),
            (right, bottom - plate.Height), (left - plate.Width, bottom - plate.Height), (left, top - 3 * plate.Height),
            (left, top + plate.Height),
        ];
        Area best = default;
        double lowest = double.PositiveInfinity;
        for (int i = 0; i < corners.Length; i++)
        {
            Area place = plate with
            {
                X = Math.Clamp(corners[i].X, 0, Math.Max(0, picture.Width - plate.Width)),
                Y = Math.Clamp(corners[i].Y, 0, Math.Max(0, picture.Height - plate.Height)),
            };
            double moved = (Math.Abs(place.X - corners[i].X) + Math.Abs(place.Y - corners[i].Y)) / plate.Height;
            // Half a label hidden is worse than any of the places; where nothing is hidden, the usual place comes first.
            double cost = hidden(place) + 0.1 * i + 0.3 * moved;
            if (cost < lowest - 1e-9) (lowest, best) = (cost, place);
        }
        return best;
    }
}
