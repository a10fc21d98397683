using Fovea.Torch.Nn;
using Fovea.Torch.Serialization;

namespace Fovea.Weights;

/// <summary>The number of classes of a weight file of Darknet's: it follows from the file's length, with which a network grows evenly.</summary>
internal static class DarknetClasses
{
    /// <summary>The one number of classes with which a network has as many numbers as the file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="id">The model, for the message.</param>
    /// <param name="create">Builds the network for so many classes; what it gives is disposed of.</param>
    /// <exception cref="TensorFileException">There is none: the file is of another network, or truncated.</exception>
    public static int Of(DarknetFile file, string id, Func<int, Module> create)
    {
        long one = Count(1), each = Count(2) - one, more = (file.Count - one) / each;
        if (file.Count >= one && (file.Count - one) % each == 0 && more < int.MaxValue - 2) return (int)more + 1;
        throw new TensorFileException(file.Path, $"it holds {file.Count} numbers after its header, but {id} has {one} for one class and {each} more " +
            "for each other: it is of another network, or truncated.");

        long Count(int classes)
        {
            using Module network = create(classes);
            return DarknetFile.CountOf(DarknetFile.LayoutOf(network));
        }
    }
}
