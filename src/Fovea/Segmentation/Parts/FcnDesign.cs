using Fovea.Torch;

namespace Fovea.Segmentation.Parts;

/// <summary>What fully convolutional networks on one classification network have in common: how pictures are padded so that its windows fit
/// and its last layers, turned into convolutions, see something of every pixel; and where its scores lie in the picture.</summary>
/// <remarks>Long, Shelhamer, Darrell: "Fully Convolutional Networks for Semantic Segmentation" (CVPR 2015), section 4.1. The authors pad the
/// first convolution by 100 pixels; here the picture is padded by what that convolution does not pad itself, which is the same. Where they
/// round the sizes of pooled maps up, here the picture is padded further on the right and below until no window reaches over.</remarks>
internal sealed record FcnDesign
{
    /// <summary>Zeros above and to the left of the picture, and at least so many below and to the right.</summary>
    public required long Before { get; init; }

    /// <summary>At least so many zeros below and to the right.</summary>
    public required long After { get; init; }

    /// <summary>The padded sides' remainder by 32: then all windows fit.</summary>
    public required long Remainder { get; init; }

    /// <summary>Side of the window of the pooling between the backbone's last map and fc6; 0 for none.</summary>
    public required long LastPool { get; init; }

    /// <summary>Side of fc6 as a convolution; 0 where there are no fully connected layers but the last one.</summary>
    public required long HeadKernel { get; init; }

    /// <summary>Side of the kernel that enlarges scores 32 times.</summary>
    public required int UpsamplingKernel { get; init; }

    /// <summary>Rows and columns of the scores, enlarged 32 times, before those of the picture.</summary>
    public required long Offset { get; init; }

    /// <summary>Chance that a number before the last layer is dropped while training.</summary>
    public double Dropout { get; init; } = 0.5;

    /// <summary>VGG-16: conv1_1 padded by 100, fc6 a convolution of 7 x 7.</summary>
    public static FcnDesign Vgg { get; } = new()
    {
        Before = 99, After = 99, Remainder = 0, LastPool = 2, HeadKernel = 7, UpsamplingKernel = 64, Offset = 19,
    };

    /// <summary>AlexNet: conv1 padded by 100, fc6 a convolution of 6 x 6.</summary>
    public static FcnDesign AlexNet { get; } = new()
    {
        Before = 98, After = 98, Remainder = 31, LastPool = 3, HeadKernel = 6, UpsamplingKernel = 63, Offset = 18,
    };

    /// <summary>GoogLeNet without its mean over the map. The paper does not tell its padding: this one is the smallest with which every pixel
    /// lies between the centres of scores. Pixel e of the last map has its centre at 32 e + 22 of what the network is given.</summary>
    public static FcnDesign GoogLeNet { get; } = new()
    {
        Before = 54, After = 23, Remainder = 0, LastPool = 0, HeadKernel = 0, UpsamplingKernel = 63, Offset = 63, Dropout = 0.4,
    };

    /// <summary>Zeros around pictures N x 3 x H x W.</summary>
    public Tensor Pad(Tensor images)
    {
        return images.Pad([Before, Behind(images.Size(3)), Before, Behind(images.Size(2))]);

        long Behind(long side) => After + ((Remainder - side - Before - After) % 32 + 32) % 32;
    }
}
