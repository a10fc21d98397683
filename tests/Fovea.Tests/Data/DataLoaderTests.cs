using System.Collections.Concurrent;
using Fovea.Data;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Tests.Transforms;
using Fovea.Transforms;

namespace Fovea.Tests.Data;

public class DataLoaderTests
{
    /// <summary>Tiny pictures whose reading can be slowed down, broken and counted.</summary>
    private sealed class Pictures(int count) : IDataset
    {
        public int Loaded;

        public Func<int, Task>? BeforeLoad { get; init; }

        public string Name => "Pictures";

        public IReadOnlyList<Category> Categories { get; } = [new(1, "thing")];

        public int Count => count;

        public ImageRecord this[int index] => new(index, $"picture-{index}.png", SizeOf(index), []);

        public Sample Load(int index)
        {
            BeforeLoad?.Invoke(index).Wait();
            Interlocked.Increment(ref Loaded);
            Sample sample = TestSamples.Of(TestSamples.Gradient(SizeOf(index).Height, SizeOf(index).Width),
                TestSamples.Boxed(1, 1, 4, 4));
            return sample with { Record = this[index] };
        }

        private static ImageSize SizeOf(int index) => index % 3 == 0 ? new(12, 8) : new(8, 12);
    }

    private static readonly Transform Chain = new Compose(new RandomCrop(new ImageSize(6, 6)), new RandomHorizontalFlip(),
        new ColorJitter(0.5, 0.5));

    // What a batch holds, as text: the pictures and a checksum of their pixels.
    private static string Describe(IReadOnlyList<Sample> samples) =>
        string.Join(" ", samples.Select(s => $"{s.Record.Id}:{s.Image.Pixels.Aggregate(17L, (h, b) => h * 31 + b):x}"));

    private static List<string> Read(LoaderOptions options, long epoch, int first = 0, int count = 23) =>
        [.. new DataLoader<string>(new Pictures(count), options, Describe).Epoch(epoch, first)];

    private static readonly LoaderOptions Options = new() { BatchSize = 4, Shuffle = true, Seed = 5, Transform = Chain, Workers = 1 };

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(7)]
    public void Batches_do_not_depend_on_the_number_of_threads(int workers)
    {
        foreach (bool grouped in (bool[])[false, true])
        {
            LoaderOptions options = Options with { GroupByAspect = grouped };
            Assert.Equal(Read(options, 3), Read(options with { Workers = workers }, 3));
        }
    }

    [Fact]
    public void Epochs_differ_and_each_has_every_picture_once()
    {
        List<string> first = Read(Options, 0), second = Read(Options, 1);
        Assert.Equal(6, first.Count);
        Assert.NotEqual(first, second);
        foreach (List<string> epoch in (List<string>[])[first, second])
            Assert.Equal(Enumerable.Range(0, 23), epoch.SelectMany(b => b.Split(' ')).Select(s => int.Parse(s.Split(':')[0])).Order());
        Assert.Equal(5, Read(Options with { DropLast = true }, 0).Count);
        Assert.NotEqual(first, Read(Options with { Seed = 6 }, 0));
        Assert.StartsWith("0:", Read(Options with { Shuffle = false }, 0)[0]);
    }

    [Fact]
    public void Reading_goes_on_where_it_was_interrupted()
    {
        foreach (bool grouped in (bool[])[false, true])
        {
            LoaderOptions options = Options with { GroupByAspect = grouped, Workers = 3 };
            List<string> whole = Read(options, 7);
            for (int first = 0; first <= whole.Count; first++) Assert.Equal(whole.Skip(first), Read(options, 7, first));
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => Read(Options, 0, 7));
        Assert.Throws<ArgumentOutOfRangeException>(() => Read(Options, -1));
    }

    [Theory]
    [InlineData(false, 6)]   // 8 tall and 15 wide pictures, four a batch: 2 + 4, of which 2 + 3 are full
    [InlineData(true, 5)]
    public void Grouped_batches_have_one_shape(bool dropLast, int batches)
    {
        LoaderOptions options = Options with { GroupByAspect = true, DropLast = dropLast, Transform = null };
        var loader = new DataLoader<int>(new Pictures(23), options, samples =>
        {
            Assert.Single(samples.Select(s => s.Image.Size).Distinct());
            return samples.Count;
        });
        int[] sizes = [.. loader.Epoch(0)];
        Assert.Equal(batches, sizes.Length);
        Assert.Equal(batches, loader.BatchCount);
        Assert.Equal(batches, loader.Plan(0).Count);
        Assert.Equal(dropLast ? 20 : 23, sizes.Sum());
    }

    [Theory]
    [InlineData(100, 100, 4)]
    [InlineData(100, 99, 3)]
    [InlineData(100, 200, 7)]
    [InlineData(100, 20, 0)]
    [InlineData(480, 640, 5)]
    public void Shapes_fall_into_groups(int height, int width, int group) =>
        Assert.Equal(group, BatchPlan.GroupOf(new ImageSize(height, width)));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public void The_error_of_a_picture_arrives_in_its_place_and_names_the_file(int workers)
    {
        var pictures = new Pictures(20)
        {
            BeforeLoad = i => i is 9 or 10 ? throw new ImageException("cut off after 12 bytes") : Task.CompletedTask,
        };
        var loader = new DataLoader<string>(pictures, new LoaderOptions { BatchSize = 4, Workers = workers }, Describe);
        var read = new List<string>();
        var error = Assert.Throws<DataLoadException>(() =>
        {
            foreach (string batch in loader.Epoch(0)) read.Add(batch);
        });
        Assert.Equal(2, read.Count);
        Assert.Contains("picture-9.png", error.Message);
        Assert.Contains("cut off after 12 bytes", error.Message);
        Assert.IsType<ImageException>(error.InnerException);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void The_error_of_a_collation_names_the_files(int workers)
    {
        var loader = new DataLoader<int>(new Pictures(9), new LoaderOptions { BatchSize = 3, Workers = workers },
            samples => samples[0].Record.Id == 3 ? throw new InvalidOperationException("too large") : samples.Count);
        var error = Assert.Throws<DataLoadException>(() => loader.Epoch(0).Count());
        Assert.Contains("picture-3.png, picture-4.png", error.Message);
        Assert.Contains("too large", error.Message);
    }

    [Fact]
    public void No_more_than_the_limit_is_read_ahead()
    {
        var pictures = new Pictures(400);
        var loader = new DataLoader<int>(pictures, new LoaderOptions { BatchSize = 5, Workers = 4, Ahead = 3 }, s => s.Count);
        int taken = 0;
        foreach (int size in loader.Epoch(0))
        {
            taken++;
            if (taken % 20 == 0) Thread.Sleep(20);                       // time to read too far
            Assert.InRange(Volatile.Read(ref pictures.Loaded), taken * 5, (taken + 3) * 5);
        }
        Assert.Equal(80, taken);
    }

    private sealed class Batch(ConcurrentDictionary<Batch, bool> alive) : IDisposable
    {
        public void Dispose() => alive.TryRemove(this, out _);
    }

    [Fact]
    public void Leaving_early_ends_the_threads_and_disposes_of_ready_batches()
    {
        var alive = new ConcurrentDictionary<Batch, bool>();
        var pictures = new Pictures(100);
        var loader = new DataLoader<Batch>(pictures, new LoaderOptions { BatchSize = 2, Workers = 3 }, _ =>
        {
            var batch = new Batch(alive);
            alive[batch] = true;
            return batch;
        });
        foreach (Batch batch in loader.Epoch(0))
        {
            SpinWait.SpinUntil(() => alive.Count > 2, 5000);
            batch.Dispose();
            break;
        }
        Assert.Empty(alive);
        int loaded = pictures.Loaded;
        Thread.Sleep(30);
        Assert.Equal(loaded, pictures.Loaded);
        Assert.InRange(loaded, 2, 12);
    }

    [Fact]
    public async Task Cancelling_wakes_a_waiting_consumer()
    {
        using var source = new CancellationTokenSource();
        var never = new TaskCompletionSource();
        var pictures = new Pictures(10) { BeforeLoad = i => i >= 4 ? never.Task : Task.CompletedTask };
        var loader = new DataLoader<int>(pictures, new LoaderOptions { BatchSize = 2, Workers = 2 }, s => s.Count);
        int taken = 0;
        Task reading = Task.Run(() =>
        {
            foreach (int size in loader.Epoch(0, 0, source.Token))
                if (++taken == 2) source.CancelAfter(50);
        });
        // The threads that still read are waited for, so they are let go soon after the cancellation.
        using CancellationTokenRegistration release = source.Token.Register(() => Task.Delay(50).ContinueWith(_ => never.SetResult()));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(2, taken);
    }

    [Fact]
    public void Wrong_options_are_told()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new LoaderOptions { BatchSize = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LoaderOptions { Workers = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LoaderOptions { Ahead = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LoaderOptions { Processes = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => Read(Options with { Processes = 2, Process = 2 }, 0));
        Assert.Equal(0, new DataLoader<int>(new Pictures(3), new LoaderOptions { BatchSize = 4, DropLast = true },
            s => s.Count).BatchCount);
    }
}
