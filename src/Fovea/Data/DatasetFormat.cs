namespace Fovea.Data;

/// <summary>How a data set is laid out on disk.</summary>
public enum DatasetFormat
{
    /// <summary>PASCAL VOC: JPEGImages, Annotations with one XML file a picture, ImageSets/Main with the splits.</summary>
    Voc,

    /// <summary>COCO instances: one JSON file a split, and a folder of pictures.</summary>
    Coco,

    /// <summary>YOLO text: a .txt file a picture, an object a line, and data.yaml or classes.txt with the classes.</summary>
    Yolo,

    /// <summary>LabelMe: a .json file beside each picture.</summary>
    LabelMe,

    /// <summary>A folder of pictures for each class, as ImageNet is usually unpacked.</summary>
    Folders,

    /// <summary>MNIST and what is published in its form, such as Fashion-MNIST: IDX files of pictures and of labels.</summary>
    Mnist,

    /// <summary>CIFAR-10 or CIFAR-100, as binary files or as pickles of Python.</summary>
    Cifar,

    /// <summary>Pictures in images/, masks of the same names in masks/.</summary>
    MaskFolders,

    /// <summary>CamVid as the SegNet tutorial has it: train/ and trainannot/.</summary>
    CamVid,

    /// <summary>Cityscapes: leftImg8bit/ with gtFine/ or gtCoarse/.</summary>
    Cityscapes,

    /// <summary>ADE20K's scene parsing benchmark: images/training/ and annotations/training/.</summary>
    Ade20K,

    /// <summary>The stacks of the ISBI 2012 challenge: train-volume.tif and train-labels.tif.</summary>
    Isbi,

    /// <summary>Stanford Background: images/ and labels/*.regions.txt.</summary>
    StanfordBackground,

    /// <summary>SIFT Flow: Images/, SemanticLabels/ and GeoLabels/ with MATLAB files.</summary>
    SiftFlow,

    /// <summary>The Semantic Boundaries Dataset: img/ and cls/ with MATLAB files.</summary>
    Sbd,
}
