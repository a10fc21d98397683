namespace Fovea.Torch.Tests;

public class TensorTests
{
    [Fact]
    public void ArithmeticBroadcasts()
    {
        using var scope = new TensorScope();
        Tensor a = Tensor.From([1f, 2, 3, 4, 5, 6], 2, 3);
        Tensor b = Tensor.From([10f, 20, 30], 3);
        Assert.Equal([11f, 22, 33, 14, 25, 36], (a + b).ToArray<float>());
        Assert.Equal([-1f, 0, 1], (b / 10 - 2).ToArray<float>());
        Assert.Equal([0.5f, 0.25f], (1.0 / Tensor.From([2f, 4], 2)).ToArray<float>());
        Assert.Equal([3f, 2f], (5 - Tensor.From([2f, 3], 2)).ToArray<float>());
    }

    [Fact]
    public void IntegersStayIntegers()
    {
        using var scope = new TensorScope();
        Tensor labels = Tensor.From([1L, 2, 3], 3);
        Assert.Equal(DType.Int64, (labels + 1).DType);
        Assert.Equal([2L, 4, 6], (labels * 2).ToArray<long>());
        Assert.Equal(DType.Float32, (labels + 0.5).DType);
        Assert.Equal([0L, 1, 1], labels.FloorDivide(2).ToArray<long>());
    }

    [Fact]
    public void ShapesAndViews()
    {
        using var scope = new TensorScope();
        Tensor t = Tensor.Arange(0, 24).View(2, 3, 4);
        Assert.Equal([2, 3, 4], t.Shape);
        Assert.Equal([12, 4, 1], t.Strides);
        Assert.Equal([4L, 3, 2], t.Permute(2, 1, 0).Shape);
        Assert.False(t.Transpose(0, 1).IsContiguous);
        Assert.Equal([0L, 12, 4, 16, 8, 20], t.Transpose(0, 1)[.., .., 0].ToArray<long>());
        Assert.Equal(4, t.Size(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => t.Size(3));
    }

    [Fact]
    public void IndexerTakesPositionsRangesMasksAndIndices()
    {
        using var scope = new TensorScope();
        Tensor t = Tensor.Arange(0, 12).View(3, 4);
        Assert.Equal([4L, 5, 6, 7], t[1].ToArray<long>());
        Assert.Equal([9L, 10], t[^1, 1..3].ToArray<long>());
        Assert.Equal([3L, 7, 11], t[.., ^1].ToArray<long>());
        Assert.Equal([8L, 9, 10, 11, 0, 1, 2, 3], t[Tensor.From([2L, 0], 2)].ToArray<long>());
        Assert.Equal([2L, 6, 10, 0, 4, 8], t[.., Tensor.From([2L, 0], 2)].Transpose(0, 1).ToArray<long>());
        Assert.Equal([9L, 10, 11], t[t > 8].ToArray<long>());
        Assert.Equal([3L, 1, 4], t[.., TensorIndex.NewAxis].Shape);
        Assert.Equal([0L, 1, 2, 3, 8, 9, 10, 11], t[Tensor.From([true, false, true], 3)].ToArray<long>());
    }

    [Fact]
    public void ErrorsNameTheOperatorAndTheShapesThatMet()
    {
        using var scope = new TensorScope();
        Tensor a = Tensor.Zeros([2, 3]), b = Tensor.Zeros([4, 5]);
        var error = Assert.Throws<TorchException>(() => a.MatMul(b));
        Assert.Contains("aten::matmul(float32[2, 3], float32[4, 5])", error.Message);
        Assert.Contains("cannot be multiplied", error.Message);
        Assert.DoesNotContain("\n", error.Message);
        Assert.Throws<TorchException>(() => new Operator("aten::no_such_operator").Call(a));
    }

    [Fact]
    public void ReleasedTensorIsRefused()
    {
        Tensor a = Tensor.Zeros([2]);
        a.Dispose();
        Assert.Throws<ObjectDisposedException>(() => a + 1);
        Assert.Throws<ObjectDisposedException>(() => a.Shape);
    }

    [Fact]
    public void WrappedMemoryIsSharedAndReleased()
    {
        float[] numbers = [1, 2, 3, 4];
        using (var scope = new TensorScope())
        {
            Tensor t = Tensor.Wrap<float>(numbers, 2, 2);
            numbers[3] = 40;
            Assert.Equal(47, 1 + t.Sum().Item() + 0);
            t.MultiplyInPlace(2);
        }
        Assert.Equal([2f, 4, 6, 80], numbers);
    }

    [Fact]
    public unsafe void NativeMemoryIsReleasedWithTheLastView()
    {
        var owner = new Flag();
        float* memory = stackalloc float[4];
        for (int i = 0; i < 4; i++) memory[i] = i;
        Tensor t = Tensor.Wrap(memory, owner, DType.Float32, 4);
        Tensor view = t.Slice(0, 2);
        t.Dispose();
        Assert.False(owner.Disposed);
        Assert.Equal([2f, 3], view.ToArray<float>());
        view.Dispose();
        Assert.True(owner.Disposed);
    }

    [Fact]
    public void SpanRefusesOtherTypesAndGaps()
    {
        using var scope = new TensorScope();
        Tensor t = Tensor.Zeros([2, 3]);
        Assert.Throws<InvalidOperationException>(() => t.Span<double>());
        Assert.Throws<InvalidOperationException>(() => t.Span<int>());
        Assert.Throws<InvalidOperationException>(() => t.Transpose(0, 1).Span<float>());
        Assert.Throws<ArgumentException>(() => Tensor.From([1f, 2], 3));
    }

    [Fact]
    public void EmptyTensorsWork()
    {
        using var scope = new TensorScope();
        Tensor empty = Tensor.Zeros([0, 4]);
        Assert.Empty(empty.ToArray<float>());
        Assert.Empty((empty + 1).ToArray<float>());
        Assert.Equal(0, empty.Sum().Item());
    }

    [Fact]
    public void SortIsStable()
    {
        using var scope = new TensorScope();
        (Tensor values, Tensor indices) = Tensor.From([1f, 3, 1, 3, 2], 5).Sort(descending: true);
        Assert.Equal([3f, 3, 2, 1, 1], values.ToArray<float>());
        Assert.Equal([1L, 3, 4, 0, 2], indices.ToArray<long>());
    }

    [Fact]
    public void GeneratorStateCanBeRestored()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(7);
        Tensor state = generator.GetState();
        float[] first = Tensor.Rand([5], generator).ToArray<float>();
        generator.SetState(state);
        Assert.Equal(first, Tensor.Rand([5], generator).ToArray<float>());
        using var other = new Generator(8);
        Assert.NotEqual(first, Tensor.Rand([5], other).ToArray<float>());
    }

    private sealed class Flag : IDisposable
    {
        public bool Disposed { get; private set; }

        public void Dispose() => Disposed = true;
    }
}
