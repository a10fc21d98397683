using Fovea.Torch.Nn;

namespace Fovea.Torch.Tests.Nn;

public class MultiHeadAttentionTests
{
    private const int N = 2, Length = 3, Width = 4, Heads = 2;

    /// <summary>Against loops over the definition, as one fused operation (at prediction) and as recorded ones.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void IsTheDefinition(bool recorded)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(3);
        using var attention = new MultiHeadAttention(Width, Heads, generator);
        foreach (Tensor parameter in attention.Parameters()) Init.Normal(parameter, generator: generator);
        Tensor input = Tensor.Randn([N, Length, Width], generator);
        float[] expected = Loops(attention, input.ToArray<float>());
        using IDisposable? noGrad = recorded ? null : new NoGrad();
        float[] actual = attention.Forward(input).ToArray<float>();
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-4f);
    }

    [Fact]
    public void AMaskIsAddedToTheScores()
    {
        using var scope = new TensorScope();
        Tensor value = Tensor.From<float>([1, 2, 3, 4], [1, 2, 2]), zeros = Tensor.Zeros([1, 2, 2]);
        // Equal scores give the mean; a score that the mask makes hopeless leaves the other value alone.
        Assert.Equal([2, 3, 2, 3], Functional.Attention(zeros, zeros, value).ToArray<float>());
        Tensor mask = Tensor.From<float>([0, -1000, -1000, 0], [2, 2]);
        Assert.Equal([1, 2, 3, 4], Functional.Attention(zeros, zeros, value, mask).ToArray<float>());
    }

    [Fact]
    public void HeadsMustDivideTheWidth() =>
        Assert.Contains("3 heads", Assert.Throws<ArgumentException>(() => new MultiHeadAttention(4, 3)).Message, StringComparison.Ordinal);

    private static float[] Loops(MultiHeadAttention attention, float[] x)
    {
        const int depth = Width / Heads;
        var parameters = attention.NamedParameters().ToDictionary(p => p.Name, p => p.Parameter.ToArray<float>());
        double Project(string weight, string bias, int row, Func<int, double> vector) =>
            parameters[bias][row] + Enumerable.Range(0, Width).Sum(i => parameters[weight][row * Width + i] * vector(i));
        var result = new float[N * Length * Width];
        for (int n = 0; n < N; n++)
        {
            double In(int part, int place, int column) =>
                Project("in_proj_weight", "in_proj_bias", part * Width + column, i => x[(n * Length + place) * Width + i]);
            for (int place = 0; place < Length; place++)
            {
                var gathered = new double[Width];
                for (int head = 0; head < Heads; head++)
                {
                    double[] weights = [.. Enumerable.Range(0, Length).Select(other => Math.Exp(Enumerable.Range(head * depth, depth)
                        .Sum(c => In(0, place, c) * In(1, other, c)) / Math.Sqrt(depth)))];
                    for (int c = head * depth; c < (head + 1) * depth; c++)
                        gathered[c] = Enumerable.Range(0, Length).Sum(other => weights[other] * In(2, other, c)) / weights.Sum();
                }
                for (int c = 0; c < Width; c++)
                    result[(n * Length + place) * Width + c] = (float)Project("out_proj.weight", "out_proj.bias", c, i => gathered[i]);
            }
        }
        return result;
    }
}
