using Fovea.Backbones;
using Fovea.Reports.Description;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Weights;

namespace Fovea.Tests.Reports.Description;

public class ReceptiveFieldTests
{
    [Fact]
    public void ThreeSmallWindowsSeeAsMuchAsALargeOne() =>
        Assert.Equal(ReceptiveField.Pixel.Window(7), ReceptiveField.Pixel.Window(3).Window(3).Window(3));

    /// <summary>Yu and Koltun 2016, table 1.</summary>
    [Fact]
    public void DilationMakesThemGrowExponentially()
    {
        var seen = new List<double>();
        ReceptiveField field = ReceptiveField.Pixel;
        foreach (long dilation in (long[])[1, 1, 2, 4, 8, 16, 1]) seen.Add((field = field.Window(3, dilation: dilation)).Size);
        seen.Add(field.Window(1).Size);
        Assert.Equal([3, 5, 9, 17, 33, 65, 67, 67], seen);
    }

    /// <summary>Araujo et al. 2019, table 1: 195 pixels for AlexNet, 212 for VGG-16, 483 for ResNet-50.</summary>
    [Fact]
    public void PublishedNetworksSeeWhatWasPublished()
    {
        ReceptiveField alexNet = ReceptiveField.Pixel.Window(11, 4).Window(3, 2).Window(5).Window(3, 2)
            .Window(3).Window(3).Window(3).Window(3, 2);
        Assert.Equal(new ReceptiveField(195, 32), alexNet);

        ReceptiveField vgg = ReceptiveField.Pixel;
        foreach (int convolutions in (int[])[2, 2, 3, 3, 3])
        {
            for (int i = 0; i < convolutions; i++) vgg = vgg.Window(3);
            vgg = vgg.Window(2, 2);
        }
        Assert.Equal(new ReceptiveField(212, 32), vgg);

        // As the article has it: the stride is in the block's first, 1x1, convolution.
        ReceptiveField resNet = ReceptiveField.Pixel.Window(7, 2).Window(3, 2);
        foreach ((int blocks, int stride) in ((int, int)[])[(3, 1), (4, 2), (6, 2), (3, 2)])
            for (int i = 0; i < blocks; i++) resNet = resNet.Window(1, i == 0 ? stride : 1).Window(3).Window(1);
        Assert.Equal(new ReceptiveField(483, 32), resNet);
    }

    /// <summary>In torchvision's ResNet-50 the stride is in the 3x3 convolution, whose steps are then half as long in three blocks: 8 + 16
    /// + 32 pixels less than the article's 483.</summary>
    [Fact]
    public void ResNetSees427Pixels()
    {
        using var model = new ResNet(50);
        Assert.Equal(new ReceptiveField(483 - 8 - 16 - 32, 32), ModelDescriber.Describe(model, 64, 64).Layers[^1].Vertical);
    }

    /// <summary>Lights rows of an otherwise dark picture in networks of positive weights: what a number of the map in the middle depends
    /// on.</summary>
    [Theory]
    [InlineData("vgg16", 320)]
    [InlineData("resnet50", 576)]
    [InlineData("cifar_resnet20", 192)]
    [InlineData("wrn_16_4", 128)]
    public void NetworksDependOnWhatIsSaid(string id, int height)
    {
        using var scope = new TensorScope();
        using Backbone model = ModelZoo.FindClassifier(id).Create(new BackboneOptions(), null);
        MakePositive(model);
        model.Train(false);
        ReceptiveField said = ModelDescriber.Describe(model, height, 32).Layers[^1].Vertical;
        Assert.Equal(said.Size, Lit(pictures => model.Forward(pictures)[^1], height));
        Assert.Equal(height / said.Stride, model.Forward(Tensor.Zeros([1, 3, height, 32]))[^1].Size(2));
    }

    /// <summary>By the gradient of single numbers of the result: the most that any of them depends on.</summary>
    [Theory]
    [InlineData("windows")]
    [InlineData("dilated")]
    [InlineData("transposed")]
    [InlineData("transposed, dilated")]
    [InlineData("resized")]
    [InlineData("two ways")]
    public void GradientsReachAsFarAsIsSaid(string name)
    {
        using var scope = new TensorScope();
        using var module = new Identity();
        Tensor input = Tensor.Rand([1, 1, 60, 60], new Generator(1));
        ModelDescription description = ModelDescriber.Describe(module, input.Shape, picture => Network(name, picture));
        input.RequiresGrad = true;
        Tensor result = Network(name, input);
        (double vertical, double horizontal) = (0, 0);
        for (long i = 0; i < 6; i++)
        {
            (long y, long x) = (result.Size(2) / 2 - 3 + i, result.Size(3) / 2 - 3 + i);
            Tensor seen = result[0, 0, y, x].Gradients([input], retainGraph: true)[0]!.Abs()[0, 0];
            vertical = Math.Max(vertical, Extent(seen.Sum(1)));
            horizontal = Math.Max(horizontal, Extent(seen.Sum(0)));
        }
        Assert.Equal((vertical, horizontal), (description.Layers[^1].Vertical.Size, description.Layers[^1].Horizontal.Size));
        Assert.Equal(60.0 / result.Size(2), description.Layers[^1].Vertical.Stride, 0.15 * 60 / result.Size(2));
        Assert.Equal(60.0 / result.Size(3), description.Layers[^1].Horizontal.Stride, 0.15 * 60 / result.Size(3));
    }

    [Fact]
    public void AttentionSeesEverythingOrItsWindow()
    {
        BackboneOptions options = new() { ImageSize = 64, ClassCount = 2 };
        using var vit = new VisionTransformer(new VisionTransformerDesign(8, 2, 2, 16, 24), options);
        LayerDescription[] layers = [.. ModelDescriber.Describe(vit, 64, 64).Layers];
        int attention = Array.FindIndex(layers, layer => layer.Kind == "attention");
        Assert.All(layers[1..attention], layer => Assert.Equal(8, layer.Vertical.Size));
        Assert.All(layers[attention..], layer => Assert.True(layer.Horizontal.IsWhole));

        // Windows of 7 tokens of 4 pixels; two of them before each shifted one; merged, tokens are 8 pixels apart.
        using var swin = new SwinTransformer(new SwinTransformerDesign(8, [2, 2], [1, 2], 0), options);
        IReadOnlyList<LayerDescription> rows = ModelDescriber.Describe(swin, 64, 64).Layers;
        Assert.Equal([28, 56, 56 + 4 + 56, 172], rows.Where(layer => layer.Kind == "attention").Select(layer => layer.Vertical.Size));
        Assert.True(rows[^1].Vertical.IsWhole);

        using var mixer = new MlpMixer(new MlpMixerDesign(8, 1, 16, 12, 24), options);
        rows = ModelDescriber.Describe(mixer, 64, 64).Layers;
        Assert.Equal(8, rows.Single(layer => layer.Name == "blocks.0.norm1").Vertical.Size);
        Assert.True(rows.Single(layer => layer.Name == "blocks.0.mlp_tokens.fc1").Vertical.IsWhole);
    }

    private static Tensor Network(string name, Tensor x)
    {
        Tensor Weight(params long[] shape) => Tensor.Ones(shape);
        Operator transposed = new("aten::conv_transpose2d.input");
        Tensor Convolve(Tensor map, long height, long width, long stride, long dilation = 1) =>
            Functional.Conv2d(map, Weight(1, 1, height, width), null, [stride, 1], [height / 2 * dilation, width / 2], [dilation, 1]);
        Tensor Back(Tensor map, long kernel, long stride, long dilation = 1) => transposed.Call(map, Weight(1, 1, kernel, kernel),
            Argument.None, (long[])[stride, stride], (long[])[(dilation * (kernel - 1) + 1 - stride) / 2, 0], (long[])[0, 0], 1L,
            (long[])[dilation, dilation]);
        return name switch
        {
            "windows" => Functional.AvgPool2d(Convolve(Convolve(x, 5, 3, 2), 3, 1, 1), 3, 2, 1),
            "dilated" => Convolve(Convolve(x, 3, 3, 1, dilation: 2), 3, 3, 2, dilation: 4),
            "transposed" => Convolve(Back(Functional.AvgPool2d(x, 4, 4), 4, 2), 3, 3, 1),
            "transposed, dilated" => Back(Functional.AvgPool2d(x, 4, 4), 3, 2, dilation: 2),
            "resized" => Convolve(Functional.ResizeBilinear(Functional.AvgPool2d(x, 4, 4), 30, 30), 3, 3, 1),
            "two ways" => Tensor.Cat([Convolve(x, 3, 5, 1), Convolve(x, 7, 3, 1)], 1).Mean([1], keepDimensions: true),
            _ => throw new ArgumentException(name),
        };
    }

    private static int Extent(Tensor line)
    {
        float[] values = line.ToArray<float>();
        int first = Array.FindIndex(values, v => v > 0), last = Array.FindLastIndex(values, v => v > 0);
        return last - first + 1;
    }

    /// <summary>Means in place of learned sums, and normalisation that changes nothing.</summary>
    private static void MakePositive(Module model)
    {
        foreach ((string name, Tensor parameter) in model.NamedParameters())
            if (parameter.Dim > 1) Init.Constant(parameter, (double)parameter.Size(0) / parameter.Numel);
    }

    /// <summary>Rows from the first to the last on which the number in the middle of the map depends, by bisection: it stays dark until the
    /// lit rows, from above or from below, reach what it sees.</summary>
    private static int Lit(Func<Tensor, Tensor> network, int height)
    {
        using var noGrad = new NoGrad();
        bool Sees(int from, int to)
        {
            using var scope = new TensorScope();
            Tensor picture = Tensor.Zeros([1, 3, height, 32]);
            picture[.., .., from..to].FillInPlace(1);
            Tensor map = network(picture);
            return map[0, .., map.Size(2) / 2].Abs().Max().Item() > 0;
        }
        int first = Bisect(row => Sees(0, row + 1)), last = height - 1 - Bisect(row => Sees(height - 1 - row, height));
        Assert.True(first > 0 && last < height - 1, "the picture is too small");
        return last - first + 1;

        int Bisect(Func<int, bool> holds)
        {
            (int no, int yes) = (-1, height - 1);
            while (yes - no > 1)
            {
                int middle = (no + yes) / 2;
                if (holds(middle)) yes = middle;
                else no = middle;
            }
            return yes;
        }
    }
}
