using Fovea.Data.Reading;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data;

/// <summary>What training does with boxes that a network cannot learn from. Readers keep every box as its file states it, and
/// evaluation uses them so; training goes through <see cref="TrainingDataset"/>, which applies this policy and counts what it
/// did.</summary>
public sealed record BoxPolicy
{
    private readonly double _minimumSide = 1;

    /// <summary>Cut boxes off at the picture's edge. Default true: torchvision's and Detectron's practice.</summary>
    public bool ClipToPicture { get; init; } = true;

    /// <summary>A box must be wider and higher than this, in pixels of its picture, after clipping; others are dropped. Default
    /// 1, as in torchvision's training reference: it drops the one-pixel boxes of slipped clicks. Reversed boxes are always
    /// dropped: their corners are not exchanged, because one wrong number of four is as likely as two exchanged.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, infinite or not a number.</exception>
    public double MinimumSide
    {
        get => _minimumSide;
        init => _minimumSide = value >= 0 && double.IsFinite(value) ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "The minimum side of a box is 0 or more pixels.");
    }

    /// <summary>Train on boxes that cover a group (COCO's iscrowd). Default false: a group is no object of its class.</summary>
    public bool KeepCrowds { get; init; }

    /// <summary>Train on VOC's difficult objects. Default true, as in SSD (Liu et al. 2016); Fast R-CNN left them out.</summary>
    public bool KeepDifficult { get; init; } = true;

    /// <summary>Train on pictures that have no box (left). Default true: they teach what is background.</summary>
    public bool KeepEmptyPictures { get; init; } = true;

    /// <summary>Train only on pictures in which every object that is left has a mask, as Mask R-CNN must: VOC has masks for a part of its
    /// pictures. Default false.</summary>
    public bool RequireMasks { get; init; }

    /// <summary>What becomes of one annotation in a picture of this size, and its box afterwards.</summary>
    internal BoxFate Judge(Annotation annotation, ImageSize size, out Box box)
    {
        box = annotation.Box;
        if (annotation.IsCrowd && !KeepCrowds) return BoxFate.Crowd;
        if (annotation.IsDifficult && !KeepDifficult) return BoxFate.Difficult;
        if (box.Width < 0 || box.Height < 0) return BoxFate.Reversed;
        if (!(box.Width > MinimumSide && box.Height > MinimumSide)) return BoxFate.TooSmall;
        if (!ClipToPicture) return BoxFate.Kept;
        double overshoot = BoxGeometry.Overshoot(box, size);
        if (overshoot <= 0) return BoxFate.Kept;
        box = box.Clip(size);
        if (!(box.Width > MinimumSide && box.Height > MinimumSide)) return BoxFate.Outside;
        return overshoot > BoxGeometry.Rounding ? BoxFate.Clipped : BoxFate.Kept;
    }
}

/// <summary>What a <see cref="BoxPolicy"/> did with a box.</summary>
internal enum BoxFate { Kept, Clipped, TooSmall, Reversed, Outside, Crowd, Difficult, WithoutMasks }
