using Fovea.Structures;

namespace Fovea.Data;

/// <summary>Scenes for segmentation: the same pictures with the class of every pixel (<see cref="Scenes.SemanticClasses"/>), and without
/// objects.</summary>
/// <param name="scenes">The pictures.</param>
public sealed class LabelledScenes(Scenes scenes) : IDataset
{
    /// <inheritdoc/>
    public string Name => scenes.Name;

    /// <summary>The classes; ids are counted from 0.</summary>
    public IReadOnlyList<Category> Categories { get; } = [.. Scenes.SemanticClasses.Select((name, i) => new Category(i, name))];

    /// <inheritdoc/>
    public AnnotationKind Kind => AnnotationKind.Labels;

    /// <inheritdoc/>
    public int Count => scenes.Count;

    /// <inheritdoc/>
    public ImageRecord this[int index] => scenes[index] with { Annotations = [] };

    /// <summary>Draws a picture.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such picture.</exception>
    public Sample Load(int index)
    {
        Sample sample = scenes.Load(index);
        return sample with { Record = sample.Record with { Annotations = [] }, Annotations = [] };
    }
}
