namespace Fovea.Data.Checking;

/// <summary>What can be wrong with a data set.</summary>
public enum FindingKind
{
    /// <summary>An annotation file cannot be read: not XML or JSON, or an entry lacks a value or has a wrong one.</summary>
    BadAnnotation,

    /// <summary>A picture of a split has no annotation file, or no mask.</summary>
    MissingAnnotation,

    /// <summary>An annotated picture is not there.</summary>
    MissingPicture,

    /// <summary>A picture cannot be decoded.</summary>
    UnreadablePicture,

    /// <summary>The annotation file states another picture size than the picture has, or the mask has another.</summary>
    WrongSize,

    /// <summary>A box is at most one pixel wide or high.</summary>
    DegenerateBox,

    /// <summary>A box ends before it begins.</summary>
    ReversedBox,

    /// <summary>A box reaches out of its picture.</summary>
    OutOfPicture,

    /// <summary>Two objects of a picture have the same class and the same box.</summary>
    DuplicateBox,

    /// <summary>A class that the data set's class list does not have.</summary>
    UnknownClass,

    /// <summary>A class that is probably another one, written wrongly.</summary>
    MisspeltClass,

    /// <summary>The same id, or the same entry of a split's list, occurs twice.</summary>
    DuplicateId,

    /// <summary>A picture has no annotated object.</summary>
    NoAnnotations,

    /// <summary>An annotation, or a mask, belongs to no picture.</summary>
    NoPicture,

    /// <summary>Two splits hold the same picture (the same decoded pixels), so that one tests what the other trained.</summary>
    DuplicateAcrossSplits,

    /// <summary>One split holds the same picture twice.</summary>
    DuplicatePicture,

    /// <summary>The same picture belongs to two classes.</summary>
    DuplicateAcrossClasses,

    /// <summary>A class of whole pictures, or of pixels, has none in any split.</summary>
    EmptyClass,

    /// <summary>A class of whole pictures, or of pixels, has some, but none in the split that is learnt from.</summary>
    UntrainedClass,

    /// <summary>Key points that cannot be accepted: not x, y and a visibility of 0, 1 or 2 for each, another number of them than the
    /// class has, or beside the picture.</summary>
    WrongKeypoints,

    /// <summary>An object's mask and its box or area do not agree, the mask is empty, or its outline lies beside the picture.</summary>
    WrongMask,

    /// <summary>A mask cannot be read, or holds colours where indices are expected.</summary>
    UnreadableMask,

    /// <summary>A mask holds a value that is no class's and not ignored either.</summary>
    WrongLabel,

    /// <summary>Every pixel of a mask is ignored.</summary>
    NoLabels,
}
