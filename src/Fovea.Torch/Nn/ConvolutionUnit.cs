using Fovea.Torch.Quantization;

namespace Fovea.Torch.Nn;

/// <summary>A convolution with the normalisation and the activation that follow it, run as one operation at prediction.</summary>
/// <remarks>While training it is the plain sequence. In evaluation mode and without recording, batch norm's fixed scale and shift
/// are folded into the convolution's weights, the weights are packed once as oneDNN likes them, the activation is fused, and maps
/// stay channels-last, so that nothing is laid out anew between layers. The modules remain their owner's: this is a way to run
/// them, not a part of the network. Once quantised it runs in 8-bit integers, and can no longer be trained. For one thread at a
/// time.</remarks>
public sealed class ConvolutionUnit : IQuantizable, IDisposable
{
    private readonly Conv2d _convolution;
    private readonly Layer? _norm;
    private readonly Activation _activation;
    private Packed? _packed;
    private QuantizedArithmetic? _quantized;

    /// <summary>A way to run a convolution with what follows it.</summary>
    /// <param name="convolution">The convolution.</param>
    /// <param name="norm">The normalisation after it, or null.</param>
    /// <param name="activation">What follows that.</param>
    public ConvolutionUnit(Conv2d convolution, Layer? norm = null, Activation activation = Activation.None)
    {
        (_convolution, _norm, _activation) = (convolution, norm, activation);
        convolution.Unit = this;
    }

    /// <inheritdoc/>
    public PartRanges? Quantized => _quantized?.Ranges;

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> Replaced =>
        [.. _convolution.StateDict().Concat(_norm?.StateDict() ?? []).Select(entry => entry.Value)];

    /// <summary>Applies convolution, normalisation and activation.</summary>
    /// <param name="input">N x C x H x W.</param>
    public Tensor Forward(Tensor input)
    {
        using var scope = new TensorScope();
        if (_quantized is not null)
        {
            QuantizedNetwork.ExpectPrediction(_convolution);
            return scope.Keep(_quantized.Run(input));
        }
        if (QuantizationObserver.Current is { } observer) return scope.Keep(observer.Run(this, [input], () => Observed(input)));
        if (_convolution.Training || Layer.IsObserved || GradMode.IsEnabled) return scope.Keep(Plain(input));
        if (_packed is null || !_packed.Fits())
        {
            _packed?.Dispose();
            _packed = Packed.Create(_convolution, _norm, _activation, input);
        }
        return scope.Keep(_packed.Run(_convolution, _activation, input));
    }

    /// <inheritdoc/>
    public ChannelWeights ToChannelWeights()
    {
        using var scope = new TensorScope();
        (Tensor weight, Tensor? bias) = NormFolding.Fold(_convolution.Weight, _convolution.Bias, _norm);
        return ChannelWeights.Of(weight, bias);
    }

    /// <inheritdoc/>
    public void Quantize(PartRanges ranges, ChannelWeights? weights)
    {
        QuantizedNetwork.ExpectShape(weights, _convolution.Weight);
        _quantized?.Dispose();
        _quantized = new QuantizedArithmetic(ranges, weights!, _convolution, _activation);
    }

    /// <summary>Releases the packed weights.</summary>
    public void Dispose()
    {
        _packed?.Dispose();
        _quantized?.Dispose();
    }

    // Integer arithmetic has a ReLU at no cost, and gives other activations what comes before them.
    private (Tensor Before, Tensor Output) Observed(Tensor input)
    {
        Tensor output = _convolution.Forward(input);
        if (_norm is not null) output = _norm.Forward(output);
        if (_activation is Activation.None or Activation.Relu or Activation.Relu6)
        {
            output = output.Activate(_activation);
            return (output, output);
        }
        Tensor before = _activation == Activation.HardSwish ? output.Clamp(min: -3) : output;      // it makes 0 of all below
        return (before, output.Clone().Activate(_activation));
    }

    private Tensor Plain(Tensor input)
    {
        Tensor output = _convolution.Forward(input);
        if (_norm is not null) output = _norm.Forward(output);
        return output.Activate(_activation);
    }

    /// <summary>Folded weights: packed by oneDNN where it can be used, otherwise as tensors.</summary>
    private sealed class Packed : IDisposable
    {
        private readonly Source[] _sources;
        private readonly Tensor? _weight, _bias;
        private readonly ScriptObject? _packed;

        private Packed(Source[] sources, ScriptObject packed) => (_sources, _packed) = (sources, packed);

        private Packed(Source[] sources, Tensor weight, Tensor? bias) =>
            (_sources, _weight, _bias) = (sources, weight.Unscoped(), bias?.Unscoped());

        public static Packed Create(Conv2d convolution, Layer? norm, Activation activation, Tensor input)
        {
            using var scope = new TensorScope();
            (Tensor weight, Tensor? bias) = NormFolding.Fold(convolution.Weight, convolution.Bias, norm);
            weight = weight.ChannelsLast();
            Source[] sources = Sources(convolution, norm);
            bool onednn = weight is { DType: DType.Float32, Device.Type: DeviceType.Cpu } && Operators.ConvPrepack.Exists;
            return onednn
                ? new Packed(sources, Operators.ConvPrepack.CallObject(weight, bias, convolution.Stride, convolution.Padding,
                    convolution.Dilation, convolution.Groups, input.Shape, activation == Activation.Relu ? "relu" : "none"))
                : new Packed(sources, weight, bias);
        }

        /// <summary>Whether the weights are still those that were packed: loading and training change them in place.</summary>
        public bool Fits()
        {
            foreach (ref readonly Source source in _sources.AsSpan())
                if (!source.IsUnchanged) return false;
            return true;
        }

        public Tensor Run(Conv2d convolution, Activation activation, Tensor input)
        {
            if (_packed is null)
                return Functional.Conv2d(input, _weight!, _bias, convolution.Stride, convolution.Padding, convolution.Dilation,
                    convolution.Groups).Activate(activation);
            Tensor output = Operators.ConvRun.Call(input.ChannelsLast(), _packed);
            return activation == Activation.Relu ? output : output.Activate(activation);   // oneDNN fuses ReLU alone
        }

        public void Dispose()
        {
            _weight?.Dispose();
            _bias?.Dispose();
            _packed?.Dispose();
        }

        private static Source[] Sources(Conv2d convolution, Layer? norm) =>
            [.. convolution.StateDict().Concat(norm?.StateDict() ?? []).Select(entry => entry.Value)
                .Where(tensor => tensor.DType.IsFloatingPoint()).Select(tensor => new Source(tensor))];
    }

    /// <summary>A tensor as it was when it was packed.</summary>
    private readonly unsafe struct Source(Tensor tensor)
    {
        private readonly nint _address = (nint)tensor.DataPointer;
        private readonly long _version = tensor.Version;

        public bool IsUnchanged => (nint)tensor.DataPointer == _address && tensor.Version == _version;
    }
}

/// <summary>Batch norm with fixed statistics as part of the convolution before it.</summary>
internal static class NormFolding
{
    /// <summary>Weights and bias that give what convolution and normalisation give together.</summary>
    public static (Tensor Weight, Tensor? Bias) Fold(Tensor weight, Tensor? bias, Layer? norm)
    {
        (Tensor Scale, Tensor Shift)? affine = norm switch
        {
            null => null,
            BatchNorm2d n => Affine(n.Weight, n.Bias, n.RunningMean, n.RunningVariance, n.Epsilon),
            FrozenBatchNorm2d n => Affine(n.Weight, n.Bias, n.RunningMean, n.RunningVariance, n.Epsilon),
            _ => throw new NotSupportedException($"{norm.GetType().Name} cannot be folded into a convolution."),
        };
        if (affine is not { } a) return (weight.Detach().Clone(), bias?.Detach().Clone());
        Tensor shift = bias is null ? a.Shift : a.Shift + bias * a.Scale;
        return ((weight * a.Scale.View(-1, 1, 1, 1)).Detach(), shift.Detach());
    }

    private static (Tensor Scale, Tensor Shift) Affine(Tensor weight, Tensor bias, Tensor mean, Tensor variance, double epsilon)
    {
        Tensor scale = weight * (variance + epsilon).Pow(-0.5);
        return (scale, bias - mean * scale);
    }
}
