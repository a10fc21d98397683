using System.CommandLine;
using System.Text.Json;
using Fovea.Cli.Verbs;
using Fovea.Detection;
using Fovea.Segmentation;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Cli.Tests.Verbs;

public sealed class VerifyVerbTests : IDisposable
{
    private const string Model = "fasterrcnn_resnet18_fpn";

    private readonly string _folder = Directory.CreateTempSubdirectory("fovea-verify-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void AgreementAndDisagreement()
    {
        WriteWeightsAndReference();

        (int status, string output) = Invoke(Model, "--weights", At("weights"), "--reference", At("reference"), "--min-size", "64", "--max-size", "96");
        Assert.True(status == 0, output);
        Assert.Matches(@"boxes\.0 +\d+ x 4 +0\.0e\+00 +0\.0e\+00 +OK", output);
        Assert.Contains("All 3 tensors agree.", output);

        // No score is above 1, so nothing is found.
        (status, output) = Invoke(Model, "--weights", At("weights"), "--reference", At("reference"), "--min-size", "64", "--max-size", "96", "--score-threshold", "1", "--json");
        Assert.Equal(1, status);
        using JsonDocument json = JsonDocument.Parse(output);
        Assert.False(json.RootElement.GetProperty("passed").GetBoolean());
        JsonElement boxes = json.RootElement.GetProperty("tensors")[0];
        Assert.Equal(("boxes.0", false), (boxes.GetProperty("name").GetString(), boxes.GetProperty("passed").GetBoolean()));
        Assert.Contains("the model found 0", boxes.GetProperty("note").GetString());
    }

    [Fact]
    public void SegmentersAreComparedWithTheirGradients()
    {
        const string Id = "lraspp_mobilenet_v3_large", Parameter = "classifier.cbr.0.weight";
        using (var scope = new TensorScope())
        using (Segmenter model = ModelZoo.FindSegmenter(Id).Create(3, new SegmenterSettings()))
        {
            FormulaWeights.Fill(model, 2);
            model.SaveState(At("weights"));
            model.Train(false);
            using var generator = new Generator(1);
            Tensor input = Tensor.Randn([1, 3, 20, 28], generator), target = Tensor.Ones([1, 20, 28], DType.Int64), scores = model.Forward(input);
            Tensor loss = Functional.CrossEntropy(scores, target);
            Tensor gradient = loss.Gradients([model.NamedParameters().Single(p => p.Name == Parameter).Parameter])[0]!;
            SafetensorsWriter.Write(At("reference"), [Of("input", input), Of("out", scores), Of("target", target), Of("loss", loss), Of($"grad.{Parameter}", gradient)], null);
        }
        string[] call = [Id, "--weights", At("weights"), "--reference", At("reference")];
        (int status, string output) = Invoke([.. call, "--gradients"]);
        Assert.True(status == 0, output);
        Assert.Matches(@"out +1 x 3 x 20 x 28 +\S+ +\S+ +OK", output);
        Assert.Contains("All 3 tensors agree.", output);
        Assert.Contains("1 gradients of the reference were not compared", Invoke(call).Output);
        Assert.Contains("--min-size is an option of detectors", Assert.Throws<UsageException>(() => Invoke([.. call, "--min-size", "64"])).Message);

        static SafetensorsEntry Of(string name, Tensor value) => SafetensorsEntry.FromTensor(name, value.Detach().Contiguous());
    }

    [Theory]
    [InlineData("--rtol", "-1")]
    [InlineData("--atol", "NaN")]
    [InlineData("--min-size", "0")]
    [InlineData("--score-threshold", "2")]
    [InlineData("--batch-norm-epsilon", "-1")]
    public void NumbersOutOfRangeAreAskedWrongly(string option, string value) =>
        Assert.Contains(VerifyVerb.Create().Parse([Model, "--weights", "w", "--reference", "r", option, value]).Errors,
            error => error.Message.StartsWith($"{option}: '{value}' arrived", StringComparison.Ordinal));

    [Fact]
    public void UnknownModelsAreAskedWrongly() =>
        Assert.Contains("fasterrcnn_resnet50_fpn",
            Assert.Throws<UsageException>(() => Invoke("fasterrcnn_resnet5_fpn", "--weights", "w", "--reference", "r")).Message);

    [Fact]
    public void WeightsOfSomethingElseAreNamed()
    {
        float[] pixels = new float[3];
        SafetensorsWriter.Write(At("reference"), [Entry("image.0", [3, 1, 1], pixels), Entry("boxes.0", [0, 4], []), Entry("scores.0", [0], []),
            SafetensorsEntry.FromValues<long>("labels.0", DType.Int64, [0], Array.Empty<long>())], null);
        SafetensorsWriter.Write(At("weights"), [Entry("fc.weight", [1], [1f])], null);
        var error = Assert.Throws<TensorFileException>(() => Invoke(Model, "--weights", At("weights"), "--reference", At("reference")));
        Assert.Contains("cls_score.bias", error.Message);
    }

    // A state dictionary as another program would write it, of a model with 5 classes; its own predictions are the reference.
    private void WriteWeightsAndReference()
    {
        using var scope = new TensorScope();
        using Detector model = ModelZoo.FindDetector(Model).Create(6, new DetectorSettings { MinSize = 64, MaxSize = 96 }, null);
        FormulaWeights.Fill(model);
        SafetensorsWriter.Write(At("weights"), model.StateDict().Select(entry => SafetensorsEntry.FromTensor(entry.Name, entry.Value)).ToArray(), null);
        float[] pixels = [.. FormulaWeights.Numbers("picture", 3 * 40 * 60).Select(k => (k + FormulaWeights.Half) / 1048576f)];
        model.Train(false);
        Detections found = model.Predict(model.Transform.Batch([Tensor.From(pixels, 3, 40, 60)]))[0];
        Assert.NotEqual(0, found.Count);
        SafetensorsWriter.Write(At("reference"), [Entry("image.0", [3, 40, 60], pixels), Entry("scores.0", [found.Count], found.Scores),
            Entry("boxes.0", [found.Count, 4], [.. found.Boxes.SelectMany(b => new[] { (float)b.X1, (float)b.Y1, (float)b.X2, (float)b.Y2 })]),
            SafetensorsEntry.FromValues<long>("labels.0", DType.Int64, [found.Count], found.Categories.Select(c => c + 1L).ToArray())], null);
    }

    private static SafetensorsEntry Entry(string name, long[] shape, float[] values) => SafetensorsEntry.FromValues<float>(name, DType.Float32, shape, values);

    private string At(string name) => Path.Combine(_folder, name + ".safetensors");

    private static (int Status, string Output) Invoke(params string[] args)
    {
        var output = new StringWriter();
        int status = VerifyVerb.Create().Parse(args).Invoke(new InvocationConfiguration { Output = output, EnableDefaultExceptionHandler = false });
        return (status, output.ToString());
    }
}
