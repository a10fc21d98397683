using Fovea.Torch;
using Fovea.Torch.Distributed;
using Fovea.Torch.Nn;

namespace Fovea.Training;

/// <summary>Makes the gradients of several processes one, so that all of them take the same step.</summary>
/// <remarks>
/// <para>The arithmetic. Of the M pictures of a batch process r has M_r, and multiplies its losses, which are means over its own
/// pictures, by M_r / M before it goes backward. The sum of all gradients is then the gradient of the mean over all M pictures: that
/// which one process alone would have. So nothing is divided here, and batches of one step add up before anything is sent.</para>
/// <para>Gradients travel joined into few large buckets, one after the other, as float32, so a step needs the memory of one
/// bucket more. Every process receives the same bits, and so makes the same weights of the same weights.</para>
/// <para>Batch norm normalises by the statistics of its own process's pictures. The running ones, and whatever else of floats a
/// model keeps beside its parameters, become the mean over processes with each step.</para>
/// </remarks>
internal sealed class GradientAverage
{
    /// <summary>Elements of a bucket: 64 MB of float32. Only a parameter that is larger has a larger one.</summary>
    public const long BucketLength = 16_000_000;

    private readonly ProcessGroup _group;
    private readonly Tensor[] _state, _statistics;
    private readonly Tensor[][] _buckets;

    /// <summary>Prepares the exchange for the parameters that are trained now.</summary>
    /// <param name="model">The same model on every process, on its device.</param>
    /// <param name="group">The processes.</param>
    /// <param name="bucketLength">Elements that are sent at once.</param>
    public GradientAverage(Module model, ProcessGroup group, long bucketLength = BucketLength)
    {
        _group = group;
        _state = [.. model.Parameters().Concat(model.NamedBuffers().Select(buffer => buffer.Buffer))];
        _statistics = [.. model.NamedBuffers().Select(buffer => buffer.Buffer).Where(buffer => buffer.DType.IsFloatingPoint())];
        _buckets = [.. Buckets(model.Parameters().Where(parameter => parameter.RequiresGrad), bucketLength)];
    }

    /// <summary>Number of messages that the gradients of a step make.</summary>
    public int BucketCount => _buckets.Length;

    /// <summary>Gives every process the parameters and buffers of process 0: where all begin.</summary>
    public void Begin()
    {
        foreach (Tensor tensor in _state) _group.Broadcast(tensor, 0);
    }

    /// <summary>Replaces the gradients by their sums over all processes, and the running statistics by their means.</summary>
    public void Exchange()
    {
        using var noGrad = new NoGrad();
        foreach (Tensor[] bucket in _buckets) Exchange(bucket);
        if (_statistics.Length > 0) MeanOfStatistics();
    }

    private void Exchange(Tensor[] bucket)
    {
        using var scope = new TensorScope();
        Tensor?[] gradients = [.. bucket.Select(parameter => parameter.Grad)];
        Tensor present = Tensor.From([.. gradients.Select(gradient => gradient is null ? 0f : 1f)], bucket.Length).To(bucket[0].Device);
        Tensor all = Tensor.Cat([.. bucket.Zip(gradients, (parameter, gradient) =>
            gradient?.Flatten() ?? Tensor.Zeros([parameter.Numel], device: parameter.Device)), present]);
        _group.AllReduce(all);

        // The gradients become views into the bucket, which lives as long as one of them. A parameter that no process has a gradient
        // of keeps none: an optimiser leaves it alone then.
        Tensor[] parts = all.Split([.. bucket.Select(parameter => parameter.Numel), bucket.Length]);
        float[] counts = parts[^1].ToArray<float>();
        for (int i = 0; i < bucket.Length; i++) bucket[i].Grad = counts[i] > 0 ? parts[i].View(bucket[i].Shape) : null;
    }

    // In float64 the mean of equal numbers is the number itself: statistics that are frozen keep their bits.
    private void MeanOfStatistics()
    {
        using var scope = new TensorScope();
        Tensor all = Tensor.Cat([.. _statistics.Select(tensor => tensor.Flatten().To(DType.Float64))]);
        _group.AllReduce(all);
        Tensor[] parts = (all / _group.Size).Split([.. _statistics.Select(tensor => tensor.Numel)]);
        foreach ((Tensor tensor, Tensor mean) in _statistics.Zip(parts)) tensor.CopyInPlace(mean.View(tensor.Shape));
    }

    private static IEnumerable<Tensor[]> Buckets(IEnumerable<Tensor> parameters, long most)
    {
        var bucket = new List<Tensor>();
        long length = 0;
        foreach (Tensor parameter in parameters)
        {
            if (bucket.Count > 0 && length + parameter.Numel > most)
            {
                yield return [.. bucket];
                bucket.Clear();
                length = 0;
            }
            bucket.Add(parameter);
            length += parameter.Numel;
        }
        if (bucket.Count > 0) yield return [.. bucket];
    }
}
