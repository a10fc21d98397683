using Fovea.Torch;
using Fovea.Torch.Serialization;
using Fovea.Training;

namespace Fovea.Tests.Training;

/// <summary>Several processes that train together are one. Here they are threads; real ones are in Fovea.Cli.Tests.</summary>
[Collection(nameof(TrainerTests))]
public class TrainerTeamTests
{
    private static TrainingOptions Recipe(string name) => name switch
    {
        "accumulation" => ShadeRun.Options with { Accumulation = 2, ClipNorm = 0.05, CheckpointEvery = 0 },
        "average" => ShadeRun.Options with { EmaDecay = 0.9, Nesterov = true, Freeze = "1" },
        "adam" => ShadeRun.Options with { Optimizer = OptimizerKind.Adam, LearningRate = 1e-2, Epochs = 3 },
        _ => ShadeRun.Options,
    };

    private static ShadeRun.Member[] Together(ShadeRun run, TrainingOptions options, int processes = 2, bool noisy = false) =>
        TinyTeam.Run(processes, group => run.Train(options, group, noisy: noisy));

    [Theory]
    [InlineData("plain", 2)]
    [InlineData("plain", 3)]
    [InlineData("accumulation", 2)]
    [InlineData("average", 2)]
    [InlineData("adam", 2)]
    public void Processes_together_learn_what_one_with_their_pictures_would(string recipe, int processes)
    {
        TrainingOptions options = Recipe(recipe) with { BatchSize = processes == 3 ? 1 : 2 };
        using ShadeRun alone = new(), together = new();
        ShadeRun.Member one = alone.Train(options with { BatchSize = options.BatchSize * processes }, null);
        ShadeRun.Member[] members = Together(together, options, processes);
        Assert.Null(one.Error);
        Assert.All(members, member =>
        {
            Assert.Null(member.Error);
            Assert.Equal(one.Result, member.Result);
            Assert.Equal(members[0].Weights, member.Weights);                          // bit for bit
        });

        // Weights, the optimiser's memory and the averages, to the rounding of float32.
        using SafetensorsFile a = SafetensorsFile.Open(alone.Files.LastPath), b = SafetensorsFile.Open(together.Files.LastPath);
        Assert.Equal(a.Tensors.Keys, b.Tensors.Keys);
        Assert.InRange(a.Tensors.Count, 8, 100);
        foreach ((string name, StoredTensor tensor) in a.Tensors.Where(entry => entry.Value.DType == DType.Float32))
            foreach ((float x, float y) in tensor.ToArray<float>().Zip(b[name].ToArray<float>()))
                Assert.True(MathF.Abs(x - y) <= 1e-6f + 1e-5f * MathF.Abs(x), $"{name}: {x} and {y}");
        using var untrained = new PlainNetwork(options.Seed);
        Assert.NotEqual(one.Weights, untrained.Bits());

        // Reported are means over all pictures, once.
        Assert.Equal(one.Steps.Select(step => (step.Step, step.Epoch, step.Batch, step.LearningRate)),
            members[0].Steps.Select(step => (step.Step, step.Epoch, step.Batch, step.LearningRate)));
        foreach ((StepReport x, StepReport y) in one.Steps.Zip(members[0].Steps))
            foreach (string name in (string[])["shade", "rare", "loss"]) Assert.Equal(x.Losses[name], y.Losses[name], 1e-5);
        Assert.Equal(File.ReadLines(alone.Files.MetricsPath).Count(), File.ReadLines(together.Files.MetricsPath).Count());
        Assert.All(members[1..], member => Assert.Empty(member.Steps));
        Assert.All(members[1..], member => Assert.Empty(member.Validations));
    }

    [Fact]
    public void All_stop_at_the_step_at_which_one_was_asked_to_and_go_on_exactly()
    {
        TrainingOptions options = ShadeRun.Options with { EmaDecay = 0.9, CheckpointEvery = 0 };
        using ShadeRun whole = new(), parts = new();
        ShadeRun.Member[] expected = Together(whole, options, noisy: true);
        using var cancel = new CancellationTokenSource();
        ShadeRun.Member[] stopped = TinyTeam.Run(2, group =>
        {
            int batches = 0;
            return parts.Train(options, group, _ => { if (group.Rank == 1 && ++batches == 4) cancel.Cancel(); }, noisy: true,
                cancellation: group.Rank == 1 ? cancel.Token : default);
        });
        Assert.All(stopped, member => Assert.IsAssignableFrom<OperationCanceledException>(member.Error));
        Assert.Equal(4, stopped[0].Steps.Count);
        Assert.Equal(stopped[0].Weights, stopped[1].Weights);

        ShadeRun.Member[] resumed = Together(parts, options, noisy: true);
        Assert.All(resumed, member => Assert.Equal(expected[0].Weights, member.Weights));
        Assert.Contains("after 4 steps", Assert.Single(resumed[0].Messages));
        Assert.Empty(resumed[1].Messages);
        Assert.Equal(File.ReadAllText(whole.Files.MetricsPath), File.ReadAllText(parts.Files.MetricsPath));
    }

    [Fact]
    public void A_group_of_one_is_a_process_alone()
    {
        using ShadeRun alone = new(), group = new();
        ShadeRun.Member one = alone.Train(ShadeRun.Options, null, noisy: true);
        Assert.Equal(one.Weights, Assert.Single(Together(group, ShadeRun.Options, 1, noisy: true)).Weights);
        Assert.Equal(File.ReadAllBytes(alone.Files.LastPath), File.ReadAllBytes(group.Files.LastPath));
    }

    [Fact]
    public void A_bad_loss_of_one_process_stops_all_and_names_its_batch()
    {
        using var run = new ShadeRun();
        string pictures = "";
        ShadeRun.Member[] members = TinyTeam.Run(2, group =>
        {
            int batches = 0;
            return run.Train(ShadeRun.Options, group, batch =>
            {
                if (group.Rank == 0 || ++batches < 3) return;
                using var scope = new TensorScope();
                batch.Pixels.FillInPlace(double.NaN);
                pictures = string.Join(", ", batch.Samples.Select(sample => sample.Record.Path));
            });
        });
        string message = Assert.IsType<TrainingDivergedException>(members[1].Error).Message;
        Assert.StartsWith("Process 1 of 2: The loss is not a finite number after 2 steps", message);
        Assert.Contains(pictures, message);
        Assert.Contains("the input of eye (Conv2d) is already bad", message);
        Assert.Equal(message, Assert.IsType<TrainingDivergedException>(members[0].Error).Message);
        using SafetensorsFile saved = SafetensorsFile.Open(Path.Combine(run.Folder, "diverged.safetensors"));
        Assert.Equal(2, saved["input"].Shape[0]);
    }

    [Fact]
    public void A_process_that_fails_ends_the_others_with_a_message()
    {
        using var run = new ShadeRun();
        ShadeRun.Member[] members = TinyTeam.Run(2, group =>
        {
            ShadeRun.Member member = run.Train(ShadeRun.Options, group,
                batch => { if (group.Rank == 1) throw new InvalidDataException("broken"); });
            group.Dispose();
            return member;
        });
        Assert.IsType<InvalidDataException>(members[1].Error);
        Assert.Contains("Process 0 of 2 lost the others", Assert.IsType<TorchException>(members[0].Error).Message);
    }

    [Fact]
    public void A_failed_or_cancelled_validation_ends_all()
    {
        using ShadeRun failed = new(), cancelled = new();
        ShadeRun.Member[] members = TinyTeam.Run(2, group =>
            failed.Train(ShadeRun.Options, group, measure: _ => throw new InvalidDataException("broken")));
        Assert.IsType<InvalidDataException>(members[0].Error);
        Assert.Contains("Process 0 failed", Assert.IsType<TorchException>(members[1].Error).Message);

        members = TinyTeam.Run(2, group => cancelled.Train(ShadeRun.Options, group, measure: _ => throw new OperationCanceledException()));
        Assert.All(members, member => Assert.IsAssignableFrom<OperationCanceledException>(member.Error));
        Assert.All(Together(cancelled, ShadeRun.Options), member => Assert.Equal(2, member.Result!.BestEpoch));   // and is made up for
    }

    [Fact]
    public void Plateaus_and_early_stopping_are_the_same_for_all()
    {
        using var run = new ShadeRun();
        TrainingOptions options = ShadeRun.Options with { Epochs = 9, Schedule = ScheduleKind.Plateau, Patience = 1, EarlyStopping = 2 };
        ShadeRun.Member[] members = TinyTeam.Run(2, group => run.Train(options, group, measure: validation => validation == 2 ? 5 : 1));
        Assert.All(members, member =>
            Assert.Equal((true, 2, 5), (member.Result!.StoppedEarly, member.Result.BestEpoch, member.Result.Best)));
        Assert.Equal(4, members[0].Validations.Count);
        Assert.Equal(members[0].Weights, members[1].Weights);
        Assert.Equal(options.LearningRate / 10, members[0].Steps[^1].LearningRate, 1e-12);
    }

    [Fact]
    public void Another_number_of_processes_cannot_go_on()
    {
        using ShadeRun two = new(), one = new();
        Together(two, ShadeRun.Options with { Epochs = 1 });
        Assert.Contains("processes were 2, but to go on with it came 1. Start as many as before (WORLD_SIZE=2)",
            Assert.IsType<TensorFileException>(two.Train(ShadeRun.Options, null).Error).Message);
        one.Train(ShadeRun.Options with { Epochs = 1 }, null);
        Assert.All(Together(one, ShadeRun.Options), member =>
            Assert.Contains("WORLD_SIZE=1", Assert.IsType<TensorFileException>(member.Error).Message));
    }

    [Fact]
    public void Processes_that_are_told_different_things_say_so()
    {
        using ShadeRun run = new(), other = new();
        ShadeRun.Member[] members = TinyTeam.Run(2, group =>
            run.Train(ShadeRun.Options with { LearningRate = 1 + group.Rank, Workers = 1 + group.Rank }, group));
        Assert.All(members, member => Assert.StartsWith("Process 1 of 2: 'LearningRate 2' here, but 'LearningRate 1' in process 0.",
            Assert.IsType<ArgumentException>(member.Error).Message));

        other.Train(ShadeRun.Options with { Epochs = 1 }, null);
        members = TinyTeam.Run(2, group => (group.Rank == 0 ? run : other).Train(ShadeRun.Options, group));
        Assert.All(members, member =>
            Assert.Contains("'a run to go on with: True' here", Assert.IsType<ArgumentException>(member.Error).Message));
    }
}
