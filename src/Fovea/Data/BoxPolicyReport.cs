using System.Globalization;

namespace Fovea.Data;

/// <summary>What a <see cref="BoxPolicy"/> did with a data set: nothing is dropped without being counted here.</summary>
public sealed record BoxPolicyReport
{
    /// <summary>Pictures of the data set.</summary>
    public required int Pictures { get; init; }

    /// <summary>Boxes of the data set.</summary>
    public required int Boxes { get; init; }

    /// <summary>Boxes that were cut off at the picture's edge (by more than a rounding) and kept.</summary>
    public required int Clipped { get; init; }

    /// <summary>Boxes dropped because a side is not above the policy's minimum.</summary>
    public required int TooSmall { get; init; }

    /// <summary>Boxes dropped because they end before they begin.</summary>
    public required int Reversed { get; init; }

    /// <summary>Boxes dropped because no more than the minimum of them lies in the picture.</summary>
    public required int Outside { get; init; }

    /// <summary>Boxes dropped because they cover a group.</summary>
    public required int Crowds { get; init; }

    /// <summary>Boxes dropped because they are difficult.</summary>
    public required int Difficult { get; init; }

    /// <summary>Boxes dropped because an object of their picture has no mask.</summary>
    public int WithoutMasks { get; init; }

    /// <summary>Pictures that have no box left.</summary>
    public required int EmptyPictures { get; init; }

    /// <summary>Pictures left out because they have no box left, or objects without masks.</summary>
    public required int DroppedPictures { get; init; }

    /// <summary>File names of the first pictures with a box that was too small, reversed or outside.</summary>
    public required IReadOnlyList<string> Examples { get; init; }

    /// <summary>All boxes that were dropped.</summary>
    public int Dropped => TooSmall + Reversed + Outside + Crowds + Difficult + WithoutMasks;

    /// <summary>All boxes that are left.</summary>
    public int Kept => Boxes - Dropped;

    /// <summary>One line, such as "2,804 of 2,805 boxes in 205 pictures; dropped 1 too small (BloodImage_00343.jpg)".</summary>
    public override string ToString()
    {
        List<string> parts = [];
        Add(TooSmall, "too small");
        Add(Reversed, "reversed");
        Add(Outside, "outside the picture");
        Add(Crowds, "crowd");
        Add(Difficult, "difficult");
        Add(WithoutMasks, "in pictures with objects without masks");
        string line = Text($"{Kept:N0} of {Boxes:N0} boxes in {Pictures - DroppedPictures:N0} pictures");
        if (parts.Count > 0) line += "; dropped " + string.Join(", ", parts);
        string more = TooSmall + Reversed + Outside > Examples.Count ? ", ..." : "";
        if (Examples.Count > 0) line += $" ({string.Join(", ", Examples)}{more})";
        if (Clipped > 0) line += Text($"; clipped {Clipped:N0}");
        if (DroppedPictures > 0) line += Text($"; left out {DroppedPictures:N0} pictures {(WithoutMasks > 0 ? "without masks" : "without boxes")}");
        else if (EmptyPictures > 0) line += Text($"; {EmptyPictures:N0} pictures without boxes");
        return line;

        void Add(int count, string what)
        {
            if (count > 0) parts.Add(Text($"{count:N0} {what}"));
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
