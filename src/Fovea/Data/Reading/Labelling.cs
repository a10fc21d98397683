using Fovea.Structures;

namespace Fovea.Data.Reading;

/// <summary>A map of classes that each picture has: which classes there are, and which values of the masks mean them. Most data sets have
/// one; in some, pictures have a second one with other classes.</summary>
/// <param name="Categories">The classes that labels count.</param>
/// <param name="Declared">True where a list names the classes, false where they are numbered.</param>
/// <param name="Table">From values to labels.</param>
/// <param name="IsSecond">Whether it is a picture's second map.</param>
internal sealed record Labelling(IReadOnlyList<Category> Categories, bool Declared, LabelTable Table, bool IsSecond = false)
{
    /// <summary>The file in a data set's folder that names the classes.</summary>
    public static string ClassFile(bool isSecond) => isSecond ? "classes2.txt" : "classes.txt";

    /// <summary>Where the map of a picture comes from.</summary>
    public MaskSource MaskOf(PictureEntry picture) => (IsSecond ? picture.SecondMask : picture.Mask)!;
}
