using System.Text;

namespace Fovea.Torch.Distributed;

// Numbers, words and states, made of the exchanges of tensors.
public sealed unsafe partial class ProcessGroup
{
    /// <summary>Adds up the numbers of all processes, place by place; each gets the sums, the same bits everywhere.</summary>
    /// <param name="numbers">As many on every process.</param>
    public double[] Sum(params ReadOnlySpan<double> numbers)
    {
        using var scope = new TensorScope();
        Tensor sums = Tensor.From(numbers, numbers.Length);
        AllReduce(sums);
        return sums.ToArray<double>();
    }

    /// <summary>Gives every process the text of one.</summary>
    /// <param name="text">The text on <paramref name="root"/>; elsewhere it is not looked at.</param>
    /// <param name="root">The process that gives.</param>
    public string Broadcast(string text, int root)
    {
        using var scope = new TensorScope();
        byte[] own = Rank == root ? Encoding.UTF8.GetBytes(text) : [];
        Tensor length = Tensor.From([(long)own.Length], 1);
        Broadcast(length, root);
        if (length.Item() == 0) return "";
        Tensor bytes = Rank == root ? Tensor.From(own, own.Length) : Tensor.Zeros([(long)length.Item()], DType.UInt8);
        Broadcast(bytes, root);
        return Encoding.UTF8.GetString(bytes.Span<byte>());
    }

    /// <summary>Gives every process the tensors of all.</summary>
    /// <param name="tensor">Whole numbers: the same shape and type everywhere.</param>
    /// <returns>Size x the tensor's shape: that of process 0 first.</returns>
    public Tensor Gather(Tensor tensor)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        Tensor all = Tensor.Zeros([Size, .. tensor.Shape], tensor.DType, tensor.Device);
        all.Select(0, Rank).CopyInPlace(tensor);
        AllReduce(all);     // what one process has, all others have zeros for
        return scope.Keep(all);
    }
}
