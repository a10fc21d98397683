using Fovea.Backbones;
using Fovea.Detection;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Torch.Serialization;
using Fovea.Training;
using Fovea.Weights;

namespace Fovea.Tests.Weights;

public sealed class DarknetWeightsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fovea-darknet-").FullName;

    private string FilePath => Path.Combine(_folder, "any.weights");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Number i of the file is i / 1000.
    private void Write(long count, int major = 0, int minor = 2, int extra = 0)
    {
        using var writer = new BinaryWriter(File.Create(FilePath));
        foreach (int number in (int[])[major, minor, 0, 77]) writer.Write(number);
        if (major * 10 + minor >= 2) writer.Write(0);
        for (long i = 0; i < count; i++) writer.Write(i / 1000f);
        for (int i = 0; i < extra; i++) writer.Write((byte)0);
    }

    private sealed class Small : Module
    {
        public Small()
        {
            Child("first", new ConvNormActivation(1, 2, 1, 1, channels => new BatchNorm2d(channels)));
            Child("second", new Conv2d(2, 1, 2));
            Child("last", new Linear(3, 2));
        }
    }

    [Theory]
    [InlineData(0, 1)]      // 32 bits of pictures seen
    [InlineData(0, 2)]      // 64 bits
    public void Numbers_go_to_the_layers_in_Darknets_order(int major, int minor)
    {
        using var network = new Small();
        Write(4 * 2 + 2 + 1 + 8 + 2 + 6, major, minor);
        using (WeightFile file = WeightFile.Open(FilePath))
            network.LoadState(file.Darknet!.Tensors(DarknetFile.LayoutOf(network)), FilePath);
        var state = network.StateDict().ToDictionary(entry => entry.Name, entry => entry.Value);
        AssertRun("first.1.bias", 0, 2);
        AssertRun("first.1.weight", 2, 2);
        AssertRun("first.1.running_mean", 4, 2);
        AssertRun("first.1.running_var", 6, 2);
        AssertRun("first.0.weight", 8, 2);
        AssertRun("second.bias", 10, 1);
        AssertRun("second.weight", 11, 8);
        AssertRun("last.bias", 19, 2);
        AssertRun("last.weight", 21, 6);

        void AssertRun(string name, int from, int count)
        {
            using var scope = new TensorScope();
            Assert.Equal(Enumerable.Range(from, count).Select(i => i / 1000f), state[name].Detach().Flatten().ToArray<float>());
        }
    }

    [Theory]
    [InlineData(26)]
    [InlineData(28)]
    [InlineData(0)]
    public void A_file_of_another_length_is_refused(long count)
    {
        using var network = new Small();
        Write(count);
        using DarknetFile file = DarknetFile.Open(FilePath);
        var error = Assert.Throws<TensorFileException>(() => file.Tensors(DarknetFile.LayoutOf(network)));
        Assert.Contains($"holds {count} numbers after its header, but this one has 27", error.Message);
    }

    [Theory]
    [InlineData(0, 2, 3)]           // no whole numbers
    [InlineData(-1, 2, 0)]
    [InlineData(0, 0, 0)]
    [InlineData(5000, 2, 0)]
    public void What_is_no_such_file_is_refused(int major, int minor, int extra)
    {
        Write(27, major, minor, extra);
        Assert.Throws<TensorFileException>(() => DarknetFile.Open(FilePath));
        Assert.Throws<TensorFileException>(() => WeightFile.Open(FilePath));
    }

    [Fact]
    public void Part_of_a_header_is_refused()
    {
        Write(0);
        byte[] header = File.ReadAllBytes(FilePath);
        for (int length = 0; length < header.Length; length++)
        {
            File.WriteAllBytes(FilePath, header[..length]);
            Assert.Throws<TensorFileException>(() => WeightFile.Open(FilePath));
        }
    }

    [Fact]
    public void Networks_whose_layers_are_not_Darknets_refuse_its_files()
    {
        Write(100);
        DetectorEntry entry = ModelZoo.FindDetector("yolov3_resnet18");
        Assert.Contains("names no tensors", Assert.Throws<TensorFileException>(() => DetectorWeights.Load(entry, FilePath)).Message);
        Assert.Contains("names no tensors",
            Assert.Throws<TensorFileException>(() => ClassifierWeights.Load(ModelZoo.FindClassifier("resnet18"), FilePath)).Message);
    }

    // Two classes: 80 are 8,858,734 numbers, and each class has three anchors of 513 and of 257 numbers.
    [Fact]
    public void The_number_of_classes_follows_from_the_files_length()
    {
        DetectorEntry entry = ModelZoo.FindDetector("yolov3_tiny");
        const long Each = 3 * (513 + 257);
        Write(8_858_734 - 78 * Each);
        using (Detector model = DetectorWeights.Load(entry, FilePath))
        {
            Assert.Equal(3, model.ClassCount);
            var state = model.StateDict().ToDictionary(e => e.Name, e => e.Value);
            using var scope = new TensorScope();
            Assert.Equal(0.063, state["network.backbone.features.0.1.running_var"].Detach()[15].Item(), 1e-6);
            Assert.Equal(0.064, state["network.backbone.features.0.0.weight"].Detach().Flatten()[0].Item(), 1e-6);
            Assert.Equal((8_858_734 - 78 * Each - 1) / 1000f, state["network.scales.1.output.weight"].Detach().Flatten()[^1].Item(), 1e-3);
        }
        Write(8_858_734 - 78 * Each - 1);
        Assert.Contains("of another network, or truncated",
            Assert.Throws<TensorFileException>(() => DetectorWeights.Load(entry, FilePath)).Message);
    }

    [Fact]
    public void A_training_run_begins_with_Darknets_weights_and_other_classes_want_a_new_head()
    {
        Write(8_858_734 - 78 * 3 * (513 + 257));
        var told = new List<string>();
        var config = new RunConfig { Model = "yolov3_tiny", Weights = FilePath };
        using (Detector model = DetectorBuilder.Create(config, 3, told.Add))
            Assert.Equal(0.063, Variances(model)[15], 1e-6);
        Assert.Contains("tells 2 classes apart, but the data has 3",
            Assert.Throws<ArgumentException>(() => DetectorBuilder.Create(config, 4, told.Add)).Message);
        using (Detector model = DetectorBuilder.Create(config with { NewHead = true }, 4, told.Add))
        {
            Assert.Equal(0.063, Variances(model)[15], 1e-6);
            Assert.Contains("network.scales.1.output.bias", Assert.Single(told));
        }
    }

    private static float[] Variances(Detector model) =>
        model.StateDict().First(entry => entry.Name == "network.backbone.features.0.1.running_var").Value.ToArray<float>();
}
