using Fovea.Inference.Verification;
using Fovea.Segmentation;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Tests.Inference.Verification;

public sealed class SegmenterVerificationTests : IDisposable
{
    private const string Parameter = "classifier.4.weight";

    private readonly string _path = Path.GetTempFileName();
    private readonly Segmenter _model = ModelZoo.FindSegmenter("fcn_resnet18").Create(3, new SegmenterSettings());
    private readonly long[] _labels = [.. Enumerable.Range(0, 20 * 24).Select(i => (i / 7 % 4) is 3 ? SegmentationMap.Ignore : i / 7 % 4L)];

    public SegmenterVerificationTests() => FormulaWeights.Fill(_model, 2);

    public void Dispose()
    {
        _model.Dispose();
        File.Delete(_path);
    }

    [Fact]
    public void WhatTheModelGaveAgrees()
    {
        Write(Computed());
        VerificationReport report = Verify();
        Assert.Equal(["out", "aux", "loss", $"grad.{Parameter}"], report.Comparisons.Select(c => c.Name));
        Assert.All(report.Comparisons, c => Assert.True(c.Passed, c.Name));
        Assert.True(_model.Training);
    }

    [Theory]
    [InlineData("out")]
    [InlineData("aux")]
    [InlineData("loss")]
    [InlineData("grad." + Parameter)]
    public void WhatDiffersFails(string name)
    {
        Dictionary<string, SafetensorsEntry> all = Computed();
        using (var scope = new TensorScope()) all[name] = Entry(name, _values[name] + 0.01 * _values[name].Abs().Max());
        Write(all);
        Assert.Equal([name], Verify().Comparisons.Where(c => !c.Passed).Select(c => c.Name));
    }

    [Fact]
    public void AnAuxiliaryHeadThatIsNotThereIsTold()
    {
        Write(Computed());
        using Segmenter without = ModelZoo.FindSegmenter("fcn_resnet18").Create(3, new SegmenterSettings { Auxiliary = false });
        VerificationReport report = SegmenterVerification.Run(without, SegmenterReference.Load(_path));
        Assert.Equal("the model has no auxiliary head", report.Comparisons[1].Note);
    }

    [Theory]
    [InlineData("input", "'input' is missing")]
    [InlineData("out,aux,loss,target,grad", "neither 'out' nor 'target' and 'loss'")]
    [InlineData("target", "'target' and 'loss' belong together")]
    [InlineData("loss", "'target' and 'loss' belong together")]
    [InlineData("loss,target", "gradients need both")]
    public void PartsThatAreMissingAreNamed(string left, string message)
    {
        string[] names = left.Split(',');
        Write(Computed().Where(entry => !names.Any(entry.Key.StartsWith)).ToDictionary());
        Assert.Contains(message, Assert.Throws<TensorFileException>(() => SegmenterReference.Load(_path)).Message);
    }

    [Fact]
    public void TensorsThatDoNotBelongAreNamed()
    {
        Dictionary<string, SafetensorsEntry> all = Computed();
        using var scope = new TensorScope();
        foreach ((string name, SafetensorsEntry entry, string message) in ((string, SafetensorsEntry, string)[])
        [
            ("image.0", Entry("image.0", Tensor.Zeros([3, 2, 2])), "'image.0' is not expected"),
            ("out", Entry("out", Tensor.Zeros([1, 3, 10, 12])), "with the N, H and W of 'input' (1 x 3 x 20 x 24)"),
            ("target", Entry("target", Tensor.Full([1, 20, 24], 256, DType.Int64)), "'target' holds 256"),
            ("target", Entry("target", Tensor.Zeros([1, 24, 20], DType.Int64)), "N x H x W with those of 'input'"),
            ("loss", Entry("loss", Tensor.Zeros([1])), "Float32 of 0 dimensions was expected"),
        ])
        {
            Write(new Dictionary<string, SafetensorsEntry>(all) { [name] = entry });
            Assert.Contains(message, Assert.Throws<TensorFileException>(() => SegmenterReference.Load(_path)).Message);
        }
        _labels[0] = 3;
        Write(all);
        all["target"] = SafetensorsEntry.FromValues<long>("target", DType.Int64, [1, 20, 24], _labels);
        Write(all);
        Assert.Contains("a target of class 3, but the model's classes end at 2", Assert.Throws<ArgumentException>(() => Verify()).Message);
    }

    private readonly Dictionary<string, Tensor> _values = [];

    // As another program would compute it.
    private Dictionary<string, SafetensorsEntry> Computed()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(5);
        Tensor input = Tensor.Randn([1, 3, 20, 24], generator), target = Tensor.From(_labels, 1, 20, 24);
        _model.Train(false);
        Tensor[] maps = _model.ForwardWithAuxiliary(input);
        Tensor loss = Functional.CrossEntropy(maps[0], target, ignoreIndex: 255) + Functional.CrossEntropy(maps[1], target, ignoreIndex: 255) * 0.5;
        Tensor gradient = loss.Gradients([_model.NamedParameters().Single(p => p.Name == Parameter).Parameter])[0]!;
        _model.Train(true);
        foreach ((string name, Tensor value) in ((string, Tensor)[])
            [("input", input), ("out", maps[0]), ("aux", maps[1]), ("target", target), ("loss", loss), ($"grad.{Parameter}", gradient)])
            _values[name] = value.Detach().Contiguous().Unscoped();
        return _values.ToDictionary(pair => pair.Key, pair => Entry(pair.Key, pair.Value));
    }

    private static SafetensorsEntry Entry(string name, Tensor value) => value.DType == DType.Int64
        ? SafetensorsEntry.FromValues<long>(name, DType.Int64, value.Shape, value.Contiguous().ToArray<long>())
        : SafetensorsEntry.FromValues<float>(name, DType.Float32, value.Shape, value.Detach().Contiguous().ToArray<float>());

    private void Write(Dictionary<string, SafetensorsEntry> entries) => SafetensorsWriter.Write(_path, [.. entries.Values], null);

    private VerificationReport Verify() =>
        SegmenterVerification.Run(_model, SegmenterReference.Load(_path), new VerificationOptions { Gradients = true });
}
