namespace Fovea.Data;

/// <summary>Makes one training sample out of several of a data set. Safe to use from several threads.</summary>
public abstract record SampleMixing
{
    /// <summary>Whether a sample is made of several; otherwise it is read as it is, and nothing else is drawn.</summary>
    /// <param name="random">The sample's stream for this purpose.</param>
    public abstract bool Applies(ref SampleRandom random);

    /// <summary>Reads and joins them.</summary>
    /// <param name="dataset">Where they come from.</param>
    /// <param name="index">The one whose place in the order it is.</param>
    /// <param name="random">The sample's stream for this purpose, as <see cref="Applies"/> left it: all choices come from it.</param>
    /// <returns>A sample with the record of that one.</returns>
    public abstract Sample Load(IDataset dataset, int index, ref SampleRandom random);
}
