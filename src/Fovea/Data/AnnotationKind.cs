namespace Fovea.Data;

/// <summary>What a data set tells of its pictures. Some folders hold several kinds: PASCAL VOC's has boxes, and labels for a part of
/// the pictures.</summary>
public enum AnnotationKind
{
    /// <summary>Objects with their boxes (<see cref="Sample.Annotations"/>), for detection.</summary>
    Boxes,

    /// <summary>A class for every pixel (<see cref="Sample.Labels"/>), for semantic segmentation.</summary>
    Labels,

    /// <summary>One class for the whole picture (<see cref="ImageRecord.Category"/>), for classification.</summary>
    Classes,
}
