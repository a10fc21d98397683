using Fovea.Backbones;
using Fovea.Classification;
using Fovea.Inference;
using Fovea.Quantization;
using Fovea.Structures;
using Fovea.Tests.Backbones;
using Fovea.Torch;
using Fovea.Torch.Quantization;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Tests.Quantization;

public sealed class QuantizedCheckpointTests : IDisposable
{
    private const string Id = "mobilenet_v3_small";

    private readonly string _folder = Directory.CreateTempSubdirectory("fovea-int8-").FullName;
    private readonly ClassifierPredictor _trained;
    private readonly IReadOnlyDictionary<string, PartRanges> _ranges;
    private readonly ClassifierSettings _settings = new() { ImageSize = 64 };
    private readonly TensorScope _scope = new();
    private readonly Tensor _images = BackboneGoldens.Images(64, 64);

    public QuantizedCheckpointTests()
    {
        ClassifierEntry entry = ModelZoo.FindClassifier(Id);
        Backbone network = entry.Create(_settings.ToOptions(3, entry), null);
        FormulaWeights.Fill(network, 2);
        _trained = new ClassifierPredictor(new Classifier(network, _settings.ToTransform(entry)),
            [new Category(1, "ant"), new Category(2, "bee"), new Category(3, "wasp")], default);
        _ranges = Calibration.Of(network, [_images]);
        ClassifierQuantization.Write(File8, _trained, Id, _settings, _ranges);
    }

    private string File8 => Path.Combine(_folder, "int8.safetensors");

    public void Dispose()
    {
        _scope.Dispose();
        _trained.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void AFileGivesTheSameScoresToTheLastBit()
    {
        float[] real = _trained.Model.Predict(_images).ToArray<float>();
        using ClassifierPredictor loaded = ClassifierPredictor.Load(File8);
        QuantizedState.Apply(_trained.Model.Network, _ranges);
        float[] expected = _trained.Model.Predict(_images).ToArray<float>();
        Assert.Equal(expected, loaded.Model.Predict(_images).ToArray<float>());
        Assert.NotEqual(real, expected);
        for (int i = 0; i < real.Length; i++) Assert.Equal(real[i], expected[i], 0.02f);
        Assert.Equal(["ant", "bee", "wasp"], loaded.Categories.Select(category => category.Name));
        Assert.Equal(64, loaded.Model.Transform.ImageSize);
        foreach ((string name, PartRanges range) in _ranges)
            Assert.Equal(range, QuantizedNetwork.PartsOf(loaded.Model.Network).Single(part => part.Name == name).Part.Quantized);
    }

    [Fact]
    public void AFileIsAQuarterAsLarge()
    {
        string whole = Path.Combine(_folder, "float.safetensors");
        _trained.Model.Network.SaveState(whole);
        Assert.InRange((double)new FileInfo(File8).Length / new FileInfo(whole).Length, 0.2, 0.3);
    }

    [Fact]
    public void NeitherTrainingNorCudaTakesIt()
    {
        using (Checkpoint checkpoint = Checkpoint.Open(File8))
        {
            Assert.True(checkpoint.IsQuantized);
            Assert.Contains("it was quantised", Assert.Throws<TensorFileException>(() => checkpoint.LoadInto(_trained.Model.Network)).Message);
        }
        Assert.Contains("it was quantised", Assert.Throws<TensorFileException>(() => ClassifierWeights.Load(ModelZoo.FindClassifier(Id), File8)).Message);
        Assert.Contains("run on the CPU only", Assert.Throws<ArgumentException>(() => ClassifierPredictor.Load(File8, Device.Cuda(0))).Message);
        QuantizedState.Apply(_trained.Model.Network, _ranges);
        Assert.Contains("can predict", Assert.Throws<InvalidOperationException>(() => _trained.Model.Network.Classify(_images)).Message);
    }

    [Theory]
    [InlineData("""{"nowhere":{"input":[0,1]}}""", "numbers of 'nowhere', which this network does not have")]
    [InlineData("""{"features.0.0":{"input":[1,2]}}""", "around zero")]
    [InlineData("""{"features.0.0":{"input":[0,1,2]}}""", "has two ends, but 3 arrived")]
    [InlineData("""{"features.0.0":{}}""", "cannot be read")]
    [InlineData("""{"features.0.0":{"input":[0,1]}}""", "unexpected")]
    [InlineData("[]", "cannot be read")]
    public void DamagedFilesAreRefused(string metadata, string message)
    {
        string path = Path.Combine(_folder, "damaged.safetensors");
        using (SafetensorsFile file = SafetensorsFile.Open(File8))
            SafetensorsWriter.Write(path, file.Tensors.Select(tensor => SafetensorsEntry.FromStored(tensor.Key, tensor.Value)).ToArray(),
                new Dictionary<string, string>(file.Metadata) { [Checkpoint.QuantizationKey] = metadata });
        Exception error = Assert.ThrowsAny<Exception>(() => ClassifierPredictor.Load(path));
        Assert.True(error is TensorFileException or StateMismatchException, error.ToString());
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void MissingAndMisshapenWeightsAreRefused()
    {
        foreach ((string name, string message) in ((string, string)[])[("classifier.0.weight_scale", "lacks 'classifier.0.weight_scale'"),
            ("classifier.0.weight", "of shape [1024, 576] are needed")])
        {
            string path = Path.Combine(_folder, "damaged.safetensors");
            using (SafetensorsFile file = SafetensorsFile.Open(File8))
            {
                var entries = file.Tensors.Where(tensor => tensor.Key != name)
                    .Select(tensor => SafetensorsEntry.FromStored(tensor.Key, tensor.Value)).ToList();
                if (name.EndsWith("weight")) entries.Add(SafetensorsEntry.FromTensor(name, Tensor.Zeros([1024, 2], DType.Int8)));
                SafetensorsWriter.Write(path, entries, file.Metadata);
            }
            Assert.Contains(message, Assert.Throws<TensorFileException>(() => ClassifierPredictor.Load(path)).Message);
        }
    }
}
