namespace Fovea.Data;

/// <summary>How a data set is laid out on disk.</summary>
public enum DatasetFormat
{
    /// <summary>PASCAL VOC: JPEGImages, Annotations with one XML file a picture, ImageSets/Main with the splits.</summary>
    Voc,

    /// <summary>COCO instances: one JSON file a split, and a folder of pictures.</summary>
    Coco,
}
