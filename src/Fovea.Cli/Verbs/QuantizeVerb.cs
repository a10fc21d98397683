using System.CommandLine;
using Fovea.Cli.Measuring;
using Fovea.Data;
using Fovea.Inference;
using Fovea.Quantization;
using Fovea.Torch.Quantization;
using Fovea.Weights;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea quantize</c>: a trained classifier in 8-bit integers.</summary>
internal static class QuantizeVerb
{
    private const int Pictures = 256;

    public static Command Create()
    {
        Option<string?> model = Options.Text("--model", ModelChoice.Description, "FILE");
        Option<string?> weights = Options.Text("--weights", ModelChoice.WeightsDescription, "NAME");
        Option<string?> classes = Options.Text("--classes", ClassNames.Description, "LIST");
        Option<string?> data = Options.Text("--data", DataSource.Description, "PATH");
        Option<string?> trainSplit = Options.Text("--train-split", "The split to calibrate on (default: train)", "NAME");
        Option<string?> split = Options.Text("--split", "The split to measure on (default: val, or the only one)", "NAME");
        Option<int?> calibrate = Options.Count("--calibrate", $"Pictures to calibrate on (default: {Pictures})", 1);
        Option<string?> target = Options.Text("--out", "The file to write", "FILE");
        model.Required = data.Required = target.Required = true;
        Option<string?> libtorch = Verb.LibTorch();
        Option<int?> threads = Verb.Threads();
        Option<bool> json = Verb.Json();
        var verb = new Command("quantize", """
            Turn a trained classifier into 8-bit integers: a quarter of the size, and faster on the CPU. It looks at some training
            pictures to learn how large the network's numbers become, writes a file that eval and predict take as --model, and tells
            accuracy, size and time before and after.

            Examples:
              fovea quantize --model runs/leaves --data my-pictures --out int8.safetensors
              fovea quantize --model resnet50 --weights imagenet --data imagenet \
                  --calibrate 512 --out resnet50-int8.safetensors
            """) { model, weights, classes, data, trainSplit, split, calibrate, target, libtorch, threads, json };
        verb.SetAction((parsed, cancellation) =>
        {
            TextWriter error = parsed.InvocationConfiguration.Error, output = parsed.InvocationConfiguration.Output;
            using ModelChoice choice =
                ModelChoice.Open(parsed.GetValue(model)!, parsed.GetValue(weights), parsed.GetValue(classes), error, cancellation);
            string path = parsed.GetValue(target)!;
            Expect(choice, path);
            Verb.LoadLibrary(parsed.GetValue(libtorch), parsed.GetValue(threads), error);
            QuantizedEngines.UseFastest();                // where there is none, nothing else is worth the time
            using ClassifierPredictor trained = choice.CreateClassifier(default);
            string folder = parsed.GetValue(data)!;
            IDataset train =
                DataSource.OpenForMeasuring(folder, parsed.GetValue(trainSplit) ?? "train", trained.Categories, AnnotationKind.Classes, "--train-split");
            IDataset val = DataSource.OpenForMeasuring(folder, parsed.GetValue(split), trained.Categories);
            DataSource.ExpectClasses(train, folder, TextWriter.Null);
            Write();
            using ClassifierPredictor quantized = ClassifierPredictor.Load(path);
            var measured = QuantizationMeasuring.Of(trained, quantized, path, val, error, cancellation);
            if (parsed.GetValue(json)) output.WriteLine(JsonText.Of(measured.ToJson()));
            else measured.Print(output);
            return Task.FromResult(0);

            void Write()
            {
                int count = Math.Min(parsed.GetValue(calibrate) ?? Pictures, train.Count);
                using var line = new ProgressLine("calibrating", "picture", error);
                IReadOnlyDictionary<string, PartRanges> ranges = ClassifierQuantization.Calibrate(trained.Model, train, count,
                    done => line.Show(done, count), cancellation);
                ClassifierQuantization.Write(path, trained, choice.Entry.Id, choice.ClassifierSettings, ranges);
            }
        });
        return verb;
    }

    private static void Expect(ModelChoice choice, string path)
    {
        if (choice.Entry is not ClassifierEntry)
            throw new UsageException($"--model: {choice.Entry.Id} is no classifier but for '{choice.Entry.Task}': only classifiers can " +
                "be quantised.");
        if (choice.IsQuantized)
            throw new UsageException($"--model: {choice.Path} is quantised already. Give the float32 checkpoint that it was made from.");
        if (Directory.Exists(path)) throw new UsageException($"--out: '{path}' is a folder, but a file to write was expected.");
        string full = Path.GetFullPath(path);
        if (full == Path.GetFullPath(choice.Path))
            throw new UsageException($"--out: '{path}' is the model itself, which would be lost. Name another file.");
        Verb.MakeFolder("--out", Path.GetDirectoryName(full)!);
    }
}
