using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Torch.Quantization;

namespace Fovea.Quantization;

/// <summary>Static quantisation after training: runs a network in float32 on a few pictures, and chooses the range of the integers of each
/// of its parts.</summary>
/// <remarks>Krishnamoorthi: "Quantizing deep convolutional networks for efficient inference" (2018), section 3.1; Jacob et al. (CVPR 2018).
/// It also watches where each map goes: one that only convolutions, sums and max pooling take stays in integers, so that nothing is
/// converted between them. What is never run through a layer of its own (attention's projections, auxiliary heads) stays float32.</remarks>
public sealed class Calibration : QuantizationObserver
{
    // They give some of what they are given, and zeros: integers mean the same afterwards.
    private static readonly HashSet<string> Selecting =
        ["aten::max_pool2d", "aten::contiguous", "aten::dropout", "aten::slice.Tensor", "aten::constant_pad_nd"];

    private readonly Dictionary<IQuantizable, Statistics> _parts = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Tensor, Statistics> _makers = new(ReferenceEqualityComparer.Instance);

    private Calibration() { }

    /// <summary>The ranges of a network's parts by their names; those that no picture came by are left out.</summary>
    /// <param name="network">With a head, in evaluation mode, on the CPU.</param>
    /// <param name="batches">Pictures as the network takes them: N x 3 x H x W each.</param>
    /// <param name="onBatch">Told of every batch that is done.</param>
    /// <exception cref="ArgumentException">The network is in training mode, quantised already, or gives what is not finite; or there are
    /// no pictures.</exception>
    public static IReadOnlyDictionary<string, PartRanges> Of(Backbone network, IEnumerable<Tensor> batches, Action? onBatch = null)
    {
        if (network.Training) throw new ArgumentException("The network must be in evaluation mode: call Train(false).", nameof(network));
        if (QuantizedNetwork.Is(network)) throw new ArgumentException("The network is quantised already.", nameof(network));
        using var calibration = new Calibration();
        foreach (Tensor batch in batches)
        {
            calibration.Run(network, batch);
            onBatch?.Invoke();
        }
        if (calibration._parts.Count == 0) throw new ArgumentException("There are no pictures to calibrate on.", nameof(batches));
        return QuantizedNetwork.PartsOf(network).Where(entry => calibration._parts.ContainsKey(entry.Part))
            .ToDictionary(entry => entry.Name, entry => calibration._parts[entry.Part].ToRanges());
    }

    private void Run(Backbone network, Tensor batch)
    {
        using var scope = new TensorScope();
        using var inference = new InferenceMode();
        Tensor answer = network.Classify(batch);
        if (_makers.TryGetValue(answer, out Statistics? last)) last.IsAnswer = true;
        _makers.Clear();
    }

    /// <inheritdoc/>
    protected override void OnPart(IQuantizable part, IReadOnlyList<Tensor> inputs, Tensor beforeActivation, Tensor output)
    {
        if (!_parts.TryGetValue(part, out Statistics? statistics)) _parts.Add(part, statistics = new Statistics());
        if (inputs.Count == 1) Count(statistics.Input, inputs[0]);          // a sum's come as integers or stay float32
        Count(statistics.Output, beforeActivation);
        if (beforeActivation != output) Count(statistics.Activated ??= new ValueHistogram(), output);
        _makers[output] = statistics;
    }

    /// <inheritdoc/>
    protected override void OnOperator(OperatorCall call)
    {
        bool selects = Selecting.Contains(call.Operator.Name) && call.Results.Count == 1;
        foreach (Tensor tensor in call.Tensors)
        {
            if (!_makers.TryGetValue(tensor, out Statistics? maker)) continue;
            if (selects) _makers[call.Results[0]] = maker;
            else maker.GoesElsewhere = true;
        }
    }

    private static void Count(ValueHistogram histogram, Tensor tensor)
    {
        using var scope = new TensorScope();
        // In any order: channels-last maps are counted as they lie.
        Tensor flat = tensor.Dim == 4 ? tensor.Permute(0, 2, 3, 1).Contiguous() : tensor.Contiguous();
        histogram.Add(flat.Span<float>());
    }

    private sealed class Statistics
    {
        public ValueHistogram Input { get; } = new();
        public ValueHistogram Output { get; } = new();
        public ValueHistogram? Activated { get; set; }
        public bool GoesElsewhere { get; set; }
        public bool IsAnswer { get; set; }

        // The answer is compared between classes: it keeps all its digits.
        public PartRanges ToRanges() => new(Input.BestRange(), IsAnswer ? null : Output.BestRange())
        {
            Activated = Activated?.BestRange(), StaysInteger = !GoesElsewhere && !IsAnswer,
        };
    }
}
