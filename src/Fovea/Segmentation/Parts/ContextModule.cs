using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation.Parts;

/// <summary>Context module: dilated convolutions that widen what a map of scores sees exponentially, without making it smaller. It begins as
/// the identity.</summary>
/// <remarks>Yu and Koltun: "Multi-Scale Context Aggregation by Dilated Convolutions" (ICLR 2016), section 3, table 1, equations 4 and 5. Each
/// layer but the last one cuts negative numbers off, so what the module passes on at first are the scores that are not negative. Maps keep
/// their size by zeros around them.</remarks>
internal sealed class ContextModule : Layer
{
    // Relative to the weights that pass a channel on: breaks the ties between channels that begin as copies.
    private const double Noise = 0.01;

    /// <summary>Distances between taps, layer by layer; the last layer has one tap, the others 3x3.</summary>
    public static readonly int[] Dilations = [1, 1, 2, 4, 8, 16, 1, 1];

    // Channels of each layer's result in the large form, in multiples of C.
    private static readonly int[] Large = [2, 2, 4, 8, 16, 32, 32, 1];

    private readonly ConvolutionUnit[] _layers;

    /// <param name="channels">C: one channel a class.</param>
    /// <param name="large">Table 1's large form, whose inner layers have 2 to 32 times as many channels; the basic one otherwise.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public ContextModule(int channels, bool large, Generator? generator)
    {
        _layers = new ConvolutionUnit[Dilations.Length];
        for (int i = 0, inputs = 1; i < _layers.Length; i++)
        {
            bool last = i == _layers.Length - 1;
            int outputs = large ? Large[i] : 1, dilation = last ? 0 : Dilations[i];
            Conv2d layer = Child($"{i}", new Conv2d(inputs * channels, outputs * channels, last ? 1 : 3, padding: dilation,
                dilation: Dilations[i], generator: generator));
            PassOn(layer, inputs, outputs, large ? Noise / outputs : 0, generator);
            _layers[i] = Own(new ConvolutionUnit(layer, activation: last ? Activation.None : Activation.Relu));
            inputs = outputs;
        }
    }

    /// <summary>N x C x H x W to the same shape.</summary>
    protected override Tensor Apply(Tensor input)
    {
        using var scope = new TensorScope();
        Tensor x = input;
        foreach (ConvolutionUnit layer in _layers)
        {
            Tensor output = layer.Forward(x);
            if (x != input) scope.Release(x);
            x = output;
        }
        return scope.Keep(x);
    }

    // Each class has so many channels before and behind the layer: 1 / outputs goes from each of the former to each of the latter.
    private static void PassOn(Conv2d layer, int inputs, int outputs, double noise, Generator? generator)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        Init.Normal(layer.Weight, 0, noise, generator);
        Init.Constant(layer.Bias!, 0);
        long centre = layer.Weight.Size(2) / 2;
        Tensor taps = layer.Weight.Select(3, centre).Select(2, centre);                     // out,in
        for (long to = 0; to < taps.Size(0); to++)
            taps.Select(0, to).Slice(0, to / outputs * inputs, (to / outputs + 1) * inputs).FillInPlace(1.0 / outputs);
    }
}
