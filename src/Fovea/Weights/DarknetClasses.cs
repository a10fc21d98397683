using Fovea.Torch.Nn;
using Fovea.Torch.Serialization;

namespace Fovea.Weights;

/// <summary>The tensors of a weight file of Darknet's. How many classes it has follows from its length, with which a network grows
/// evenly.</summary>
internal static class DarknetClasses
{
    /// <summary>The tensors of a file by a model's names, whatever its kind.</summary>
    /// <param name="file">The file.</param>
    /// <param name="entry">The model; files of Darknet's are for those alone that say so.</param>
    /// <param name="create">Builds the network for so many classes; what it gives is disposed of.</param>
    /// <exception cref="TensorFileException">It is a file of Darknet's of another network, or truncated.</exception>
    public static IReadOnlyDictionary<string, StoredTensor> Tensors(WeightFile file, ModelEntry entry, Func<int, Module> create)
    {
        if (!entry.ReadsDarknet || file.Darknet is not { } darknet) return file.Tensors;
        using Module network = create(Of(darknet, entry.Id, create));
        return darknet.Tensors(DarknetFile.LayoutOf(network));
    }

    // The one number of classes with which the network has as many numbers as the file.
    private static int Of(DarknetFile file, string id, Func<int, Module> create)
    {
        long one = Count(1), each = Count(2) - one, more = (file.Count - one) / each;
        if (file.Count >= one && (file.Count - one) % each == 0 && more < int.MaxValue - 2) return (int)more + 1;
        throw new TensorFileException(file.Path, $"it holds {file.Count} numbers after its header, but {id} has {one} for one class and " +
            $"{each} more for each other: it is of another network, or truncated.");

        long Count(int classes)
        {
            using Module network = create(classes);
            return DarknetFile.CountOf(DarknetFile.LayoutOf(network));
        }
    }
}
