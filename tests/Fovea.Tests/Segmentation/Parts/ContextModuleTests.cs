using Fovea.Reports.Description;
using Fovea.Segmentation.Parts;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Tests.Segmentation.Parts;

public class ContextModuleTests
{
    /// <summary>Table 1's row of receptive fields, measured: with all weights one, a single pixel reaches as far as the field is
    /// wide.</summary>
    [Fact]
    public void ReceptiveFieldsAreThePapers()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var module = new ContextModule(1, large: false, generator: null);
        Tensor x = Tensor.Zeros([1, 1, 81, 81]);
        x[0, 0, 40, 40].FillInPlace(1);
        var measured = new List<int>();
        var computed = new List<double>();
        ReceptiveField field = ReceptiveField.Pixel;
        foreach ((_, Module child) in module.Children)
        {
            var layer = (Conv2d)child;
            layer.Weight.FillInPlace(1);
            x = layer.Forward(x);
            x = x / x.Max();                                                                  // sums of paths would overflow
            measured.Add(x[0, 0, 40].ToArray<float>().Count(value => value > 0));
            Assert.Equal(measured[^1] * measured[^1], x.ToArray<float>().Count(value => value > 0));
            field = field.Window(layer.Weight.Size(2), dilation: layer.Dilation[0]);
            computed.Add(field.Size);
        }
        Assert.Equal([3, 5, 9, 17, 33, 65, 67, 67], measured);
        Assert.Equal([3, 5, 9, 17, 33, 65, 67, 67], computed);
    }

    /// <summary>Equation 4: the basic form passes scores on, but for negative ones, which it cuts off.</summary>
    [Fact]
    public void BasicFormBeginsAsTheIdentity()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        using var module = new ContextModule(5, large: false, generator);
        Tensor scores = Tensor.Randn([2, 5, 9, 7], generator);
        Assert.Equal(scores.Relu().ToArray<float>(), module.Forward(scores).ToArray<float>());
    }

    /// <summary>Equation 5: so does the large form, but for the noise that tells copies of a channel apart.</summary>
    [Fact]
    public void LargeFormBeginsNearTheIdentity()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(2);
        using var module = new ContextModule(3, large: true, generator);
        Tensor scores = Tensor.Randn([1, 3, 40, 40], generator).Relu();
        Tensor passed = module.Forward(scores);
        double difference = (passed - scores).Pow(2).Mean().Sqrt().Item(), size = scores.Pow(2).Mean().Sqrt().Item();
        Assert.InRange(difference / size, 1e-4, 0.1);
        Tensor wide = ((Conv2d)module.Children.First().Module).Weight;                           // 6,3,3,3
        Assert.Equal([0.5f, 0.5f, 0f, 0f, 0f, 0f], wide[.., 0, 1, 1].ToArray<float>(), (a, b) => Math.Abs(a - b) < 0.03);
    }

    /// <summary>Section 3: about 64 C^2 parameters in the basic form, 7 layers of 9 C^2 and one of C^2. The large form has 2, 2, 4, 8, 16,
    /// 32, 32 and 1 times C channels: 9 (2 + 4 + 8 + 32 + 128 + 512 + 1024) C^2 + 32 C^2 weights and 97 C biases.</summary>
    [Theory]
    [InlineData(false, 64 * 36 + 8 * 6)]
    [InlineData(true, (9 * 1710 + 32) * 36 + 97 * 6)]
    public void ParametersAreAsManyAsInThePaper(bool large, long count)
    {
        using var module = new ContextModule(6, large, generator: null);
        Assert.Equal(count, module.ParameterCount());
    }
}
