using Fovea.Weights;

namespace Fovea.Cli;

/// <summary>What --weights names: a file, or published weights, which become one.</summary>
/// <param name="File">The file, or null where it is not known yet.</param>
/// <param name="Published">The published weights that are named, or that the file is; null for any other file.</param>
internal sealed record WeightsArgument(string? File, PublishedWeights? Published)
{
    /// <summary>The weights of a model.</summary>
    /// <param name="entry">The model.</param>
    /// <param name="text">A name such as imagenet, coco or IMAGENET1K_V2, or a file. A file that is called as weights are is meant where a
    /// folder is in front: ./imagenet.</param>
    /// <exception cref="UsageException">There is neither; the message names what there is.</exception>
    public static WeightsArgument Of(ModelEntry entry, string text)
    {
        if (!PublishedWeights.TryFind(entry.Id, text, out PublishedWeights? published))
        {
            bool isBackbones = entry.BackboneId is { } backbone && PublishedWeights.TryFind(backbone, text, out _);
            return OfFile("--weights", entry.Id, text, isBackbones ? $" For its backbone alone: --weights-backbone {text}." : "");
        }
        return !published.FeaturesOnly ? new WeightsArgument(null, published) : throw new UsageException(
            $"--weights: {entry.Id}'s {published.Name} have no classifier: they are for the backbones of other models.");
    }

    /// <summary>The weights of the classification network that is a detector's backbone.</summary>
    /// <exception cref="UsageException">There are none of this name, or the model has no such backbone.</exception>
    public static WeightsArgument OfBackbone(ModelEntry entry, string text)
    {
        if (entry.BackboneId is not { } backbone)
            throw new UsageException($"--weights-backbone: {entry.Id} has no backbone that could begin with a classification network's " +
                "weights.");
        try
        {
            return new WeightsArgument(null, PublishedWeights.FindForBackbone(entry.Id, backbone, text));
        }
        catch (ArgumentException)
        {
            return OfFile("--weights-backbone", backbone, text, "");
        }
    }

    /// <summary>What a configuration keeps: the name, which another machine understands too, or the file.</summary>
    public string Kept => File ?? Published!.Name;

    /// <summary>The file's path; published weights are downloaded where they are not here yet.</summary>
    /// <param name="error">Where progress is shown.</param>
    /// <param name="cancellation">Ends a download; what has arrived is kept for the next one.</param>
    public string Fetch(TextWriter error, CancellationToken cancellation)
    {
        if (File is not null) return File;
        WeightCache cache = WeightCache.FromEnvironment();
        if (!cache.Holds(Published!))
            error.WriteLine($"Getting {Published!.ModelId}'s weights {Published.Name}: {cache.PathOf(Published)}");
        ProgressLine line = Line();
        try
        {
            return cache.GetAsync(Published!, progress =>
            {
                if (progress.Note is null)
                {
                    line.Show(progress.Done, progress.Total, start: progress.Start);
                    return;
                }
                line.Clear();
                error.WriteLine(progress.Note);
                line = Line();   // rates are those of one try
            }, cancellation).GetAwaiter().GetResult();
        }
        finally
        {
            line.Clear();
        }

        ProgressLine Line() => new("downloading", ProgressLine.Bytes, error);
    }

    private static WeightsArgument OfFile(string option, string model, string text, string hint)
    {
        // What looks like a file is meant as one: the names of weights would be no help.
        if (System.IO.File.Exists(text) || Directory.Exists(text) || text.Contains('.') || text.Contains('/') || text.Contains('\\'))
        {
            Verb.ExpectFile(option, text);
            return new WeightsArgument(text, PublishedWeights.OfFile(text) is { } known && known.ModelId == model ? known : null);
        }
        try
        {
            return new WeightsArgument(null, PublishedWeights.Find(model, text));
        }
        catch (ArgumentException error)
        {
            throw new UsageException($"{option}: {error.Message} Nor is there a file '{text}'.{hint}");
        }
    }
}
