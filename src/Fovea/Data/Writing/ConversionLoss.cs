namespace Fovea.Data.Writing;

/// <summary>What a format of data sets cannot hold, or not as it was.</summary>
public enum ConversionLoss
{
    /// <summary>A group (COCO's iscrowd) reads as one object.</summary>
    Crowd,

    /// <summary>VOC's difficult is gone.</summary>
    Difficult,

    /// <summary>The id of a picture or of an object is gone.</summary>
    Id,

    /// <summary>A class has another id.</summary>
    CategoryId,

    /// <summary>A stated area, which is not the box's, is gone.</summary>
    Area,

    /// <summary>A mask is gone.</summary>
    Mask,

    /// <summary>A mask lacks the pixels that it shared with an object behind it in the list.</summary>
    OverlappingMask,

    /// <summary>A mask of several parts or with holes became one polygon, joined by lines without width.</summary>
    JoinedMask,

    /// <summary>A box reads as the smallest around its polygon, which differs from what was stated.</summary>
    MovedBox,

    /// <summary>A box that reached out of its picture was cut off.</summary>
    CutBox,

    /// <summary>An object whose box ends before it begins was left out.</summary>
    ReversedBox,

    /// <summary>The key points of an object are gone.</summary>
    Keypoints,

    /// <summary>A key point outside its picture is told as not labelled.</summary>
    OutsideKeypoint,

    /// <summary>The names, limbs or order of a class's key points are gone, or not as they were.</summary>
    Skeleton,

    /// <summary>A picture has another name, because two have the same one.</summary>
    PictureName,

    /// <summary>A picture of several splits is there once for each.</summary>
    RepeatedPicture,

    /// <summary>A split has another name.</summary>
    SplitName,
}
