using Fovea.Weights;

namespace Fovea.Cli;

/// <summary>A model's id on the command line.</summary>
internal static class ModelName
{
    /// <summary>The model of this id.</summary>
    /// <exception cref="UsageException">There is none; the message names the nearest.</exception>
    public static ModelEntry Find(string id) => ModelZoo.Entries.FirstOrDefault(entry => entry.Id == id)
        ?? throw new UsageException($"there is no model '{id}'.{Mistakes.Suggest(id, ModelZoo.Entries.Select(entry => entry.Id))} " +
            "'fovea models' lists them.");
}
