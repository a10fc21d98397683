namespace Fovea.Data;

/// <summary>The work of an epoch, cut into pieces that do not depend on each other: one picture, or one batch of ready pictures.</summary>
internal sealed class BatchWork<T>(
    IDataset dataset, LoaderOptions options, long epoch, int[][] plan, Func<IReadOnlyList<Sample>, BatchPlace, T> collate)
{
    private const ulong MixingPurpose = 0x4D1C;

    /// <summary>Number of pictures of a batch.</summary>
    public int SizeOf(int batch) => plan[batch].Length;

    /// <summary>Reads and transforms one picture of a batch.</summary>
    public Sample Load(int batch, int item)
    {
        int index = plan[batch][item];
        try
        {
            SampleRandom random = SampleRandom.For(options.Seed, epoch, index), mixing = random.Split(MixingPurpose);
            Sample? mixed = options.Mixing?.Applies(ref mixing) == true ? options.Mixing.Load(dataset, index, ref mixing) : null;
            if (options.Transform is not { } transform) return mixed ?? dataset.Load(index);
            Sample sample = mixed ?? dataset.LoadReduced(index, size => transform.LeastSize(size, random));
            return transform.Apply(sample, ref random);
        }
        catch (Exception e) when (e is not DataLoadException)
        {
            throw new DataLoadException($"{NameOf(index)} (picture {index} of {dataset.Name}) could not be made ready: {e.Message}", e);
        }
    }

    /// <summary>Makes a batch of its pictures.</summary>
    public T Collate(int batch, Sample[] samples)
    {
        try
        {
            return collate(samples, new BatchPlace(epoch, batch));
        }
        catch (Exception e) when (e is not DataLoadException)
        {
            string names = string.Join(", ", samples.Take(4).Select(s => s.Record.Path)) + (samples.Length > 4 ? ", ..." : "");
            throw new DataLoadException($"Batch {batch} ({names}) of {dataset.Name} could not be put together: {e.Message}", e);
        }
    }

    /// <summary>A whole batch at once.</summary>
    public T Make(int batch)
    {
        var samples = new Sample[SizeOf(batch)];
        for (int i = 0; i < samples.Length; i++) samples[i] = Load(batch, i);
        return Collate(batch, samples);
    }

    private string NameOf(int index)
    {
        try
        {
            return dataset[index].Path;
        }
        catch (Exception)
        {
            return "A picture"; // the record is broken too; the first error is the one to tell
        }
    }
}

/// <summary>The place of a batch in a run.</summary>
/// <param name="Epoch">From 0.</param>
/// <param name="Batch">Its number within the epoch, from 0.</param>
public readonly record struct BatchPlace(long Epoch, int Batch);
