using Fovea.Backbones;
using Fovea.Detection;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Reports.Description;

/// <summary>Describes networks layer by layer: it runs one picture through, in evaluation mode, and watches every operator.</summary>
/// <remarks>Listed is what computes; views and copies, which only move numbers, and what works in its input's place take no memory here.
/// So the memory is that of a pass that keeps every result, as a training step's does; its gradients take about as much again.</remarks>
public static class ModelDescriber
{
    /// <summary>A classification network with its head, or a backbone without one.</summary>
    /// <param name="network">The network; it is left in the mode in which it was.</param>
    /// <param name="height">Height of the picture, in pixels.</param>
    /// <param name="width">Width of the picture, in pixels.</param>
    public static ModelDescription Describe(Backbone network, int height, int width) => Describe(network, [1, 3, height, width], images =>
    {
        if (network.ClassCount is null) network.Forward(images);
        else network.Classify(images);
    });

    /// <summary>A detector on a picture of noise: how many regions its second stage sees depends on its weights.</summary>
    /// <param name="detector">The detector; it is left in the mode in which it was.</param>
    /// <param name="height">Height of the picture, in pixels; padded as the detector needs it.</param>
    /// <param name="width">Width of the picture, in pixels; padded as the detector needs it.</param>
    public static ModelDescription Describe(Detector detector, int height, int width)
    {
        var size = new ImageSize(Padded(height), Padded(width));
        return Describe(detector, [1, 3, size.Height, size.Width], images => detector.Predict(new ImageBatch(images, [size], [size])));

        int Padded(int length) =>
            (length + detector.Transform.SizeDivisor - 1) / detector.Transform.SizeDivisor * detector.Transform.SizeDivisor;
    }

    /// <summary>Any network.</summary>
    /// <param name="network">The network; it is left in the mode in which it was.</param>
    /// <param name="shape">Of its input: 1 x C x H x W. It is filled with noise, the same each time.</param>
    /// <param name="run">Puts the input through the network.</param>
    public static ModelDescription Describe(Module network, long[] shape, Action<Tensor> run)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        Tensor input = Tensor.Randn(shape, generator);
        bool training = network.Training;
        network.Train(false);
        try
        {
            var recorder = new PassRecorder(network, input);
            using (Layer.Observe(recorder.Leave))
            using (Operator.Observe(recorder.Record))
                run(input);
            return new ModelDescription
            {
                Height = shape[2], Width = shape[3], Layers = recorder.Layers, UnusedParameters = recorder.UnusedParameters,
            };
        }
        finally
        {
            network.Train(training);
        }
    }
}
