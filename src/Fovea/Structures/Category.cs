namespace Fovea.Structures;

/// <summary>One class of objects as its data set names it.</summary>
/// <param name="Id">The data set's own id: COCO's are not contiguous (1 to 90 for 80 classes), VOC has none and is
/// numbered from 1 in the order of its class list.</param>
/// <param name="Name">The data set's own name.</param>
/// <remarks>Everywhere in Fovea a category is used by its zero-based index in the data set's list. Inside detectors
/// label 0 is background, so the label is the index + 1.</remarks>
public sealed record Category(int Id, string Name);
