using Fovea.Training;

namespace Fovea.Cli;

/// <summary>The checkpoint that --model names: a file, or the folder of a training run, which stands for its best one.</summary>
internal static class ModelFile
{
    public const string Description = "A checkpoint, or the folder of a training run";

    /// <summary>The file.</summary>
    /// <exception cref="UsageException">There is nothing, or a folder without a checkpoint.</exception>
    public static string Find(string path)
    {
        if (File.Exists(path))
            return Path.GetExtension(path).ToLowerInvariant() is not (".pth" or ".pt") ? path : throw new UsageException(
                $"--model: '{path}' is a PyTorch file, which does not say what model it holds. Expected: {Expected}. Or name " +
                "the model's id with --model and this file with --weights.");
        if (!Directory.Exists(path)) throw new UsageException($"--model: there is no file or folder '{path}'. Expected: {Expected}.");
        var run = new RunFolder(path);
        return new[] { run.BestPath, run.LastPath }.FirstOrDefault(File.Exists)
            ?? throw new UsageException($"--model: the folder '{path}' holds neither best.safetensors nor last.safetensors. Expected: " +
                $"{Expected}.");
    }

    private const string Expected = "a checkpoint that 'fovea train' wrote, such as runs/NAME/best.safetensors, or the folder of its run";
}
