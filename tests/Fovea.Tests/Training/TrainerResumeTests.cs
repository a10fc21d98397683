using System.Text;
using Fovea.Data;
using Fovea.Detection;
using Fovea.Torch.Serialization;
using Fovea.Training;

namespace Fovea.Tests.Training;

/// <summary>Interrupted equals uninterrupted. The process that is really killed is in Fovea.Cli.Tests; here it is an exception
/// after which the trainer saves nothing.</summary>
[Collection(nameof(TrainerTests))]
public class TrainerResumeTests
{
    private sealed class Killed : Exception;

    public static TheoryData<string> Recipes => new("plain", "accumulation", "average", "adamw", "plateau", "frozen", "sparse", "bfloat16");

    private static TrainingOptions Recipe(string name) => name switch
    {
        "accumulation" => TinyRun.Options with { Accumulation = 2, ClipNorm = 5 },
        "average" => TinyRun.Options with { EmaDecay = 0.9, Accumulation = 2, Nesterov = true },
        "adamw" => TinyRun.Options with { Optimizer = OptimizerKind.AdamW, LearningRate = 1e-3, Schedule = ScheduleKind.MultiStep, Milestones = [1] },
        "plateau" => TinyRun.Options with { Schedule = ScheduleKind.Plateau, Patience = 1, Epochs = 4, EarlyStopping = 3 },
        "frozen" => TinyRun.Options with { Freeze = "2", EmaDecay = 0.5 },
        "sparse" => TinyRun.Options with { CheckpointEvery = 2, ValidateEvery = 2, Epochs = 3 },
        "bfloat16" => TinyRun.Options with { Precision = Precision.BFloat16 },
        _ => TinyRun.Options,
    };

    private static (byte[] Last, byte[] Best, string Metrics) Result(TinyRun run) =>
        (File.ReadAllBytes(run.Files.LastPath), File.ReadAllBytes(run.Files.BestPath), File.ReadAllText(run.Files.MetricsPath));

    private static void AssertSame(TinyRun whole, TinyRun parts)
    {
        (byte[] Last, byte[] Best, string Metrics) a = Result(whole), b = Result(parts);
        Assert.Equal(a.Metrics, b.Metrics);
        Assert.True(a.Last.AsSpan().SequenceEqual(b.Last), "last.safetensors differs");
        Assert.True(a.Best.AsSpan().SequenceEqual(b.Best), "best.safetensors differs");
    }

    [Theory]
    [MemberData(nameof(Recipes))]
    public void A_run_that_is_killed_anywhere_ends_with_the_same_bits(string recipe)
    {
        TrainingOptions options = Recipe(recipe);
        using var whole = new TinyRun();
        whole.Train(options);
        int steps = whole.Steps.Count;
        Assert.Equal(steps, whole.Steps.Select(s => (s.Epoch, s.Batch)).Distinct().Count());

        using var parts = new TinyRun();
        var random = new SampleRandom(5);
        for (int kills = 0; kills < 3; kills++)
        {
            int left = 1 + random.Next(Math.Max(1, steps / 2));
            parts.AfterStep = _ =>
            {
                if (--left == 0) throw new Killed();
            };
            try
            {
                parts.Train(options);
            }
            catch (Killed)
            {
                File.AppendAllText(parts.Files.MetricsPath, "{\"step\": 1, \"lo");   // a line that was cut off
            }
        }
        parts.AfterStep = null;
        parts.Train(options);
        AssertSame(whole, parts);
    }

    [Theory]
    [InlineData("accumulation")]
    [InlineData("average")]
    [InlineData("plateau")]
    public void A_run_that_is_cancelled_after_each_batch_ends_with_the_same_bits(string recipe)
    {
        TrainingOptions options = Recipe(recipe) with { CheckpointEvery = 0 };
        using var whole = new TinyRun();
        whole.Train(options);
        using var parts = new TinyRun();
        for (int starts = 0; ; starts++)
        {
            Assert.True(starts < 30, "it makes no progress");
            using var cancel = new CancellationTokenSource();
            parts.AfterStep = _ => cancel.Cancel();
            try
            {
                parts.Train(options, cancellation: cancel.Token);
                break;
            }
            catch (OperationCanceledException)
            {
            }
        }
        AssertSame(whole, parts);
        Assert.Equal(whole.Validations.Select(v => (v.Epoch, v.IsBest)), parts.Validations.Select(v => (v.Epoch, v.IsBest)));
    }

    [Fact]
    public void A_validation_that_is_cancelled_is_done_when_the_run_goes_on()
    {
        TrainingOptions options = TinyRun.Options with { EmaDecay = 0.9, Schedule = ScheduleKind.Plateau };
        using var whole = new TinyRun();
        whole.Train(options);
        using var parts = new TinyRun();
        using var cancel = new CancellationTokenSource();
        var val = new TinyPictures(3, 100) { OnLoad = index => { if (index == 1) cancel.Cancel(); } };
        Assert.ThrowsAny<OperationCanceledException>(() => parts.Train(options, val: val, cancellation: cancel.Token));
        Assert.Empty(parts.Validations);
        Assert.Equal(3, parts.Steps.Count);
        parts.Train(options);
        Assert.Equal([1, 2], parts.Validations.Select(v => v.Epoch));
        AssertSame(whole, parts);
    }

    [Fact]
    public void A_finished_run_goes_on_to_nothing()
    {
        using var run = new TinyRun();
        TrainingResult first = run.Train(TinyRun.Options);
        byte[] last = File.ReadAllBytes(run.Files.LastPath);
        Assert.Equal(first, run.Train(TinyRun.Options));
        Assert.Equal(6, run.Steps.Count);
        Assert.Equal(last, File.ReadAllBytes(run.Files.LastPath));
        Assert.Contains("after 6 steps", Assert.Single(run.Messages));
    }

    [Fact]
    public void A_run_that_was_killed_before_its_first_checkpoint_starts_its_metrics_anew()
    {
        using var run = new TinyRun();
        File.WriteAllText(run.Files.MetricsPath, "{\"step\": 1}\n{\"step\": 2}\n");
        run.Train(TinyRun.Options with { Epochs = 1 });
        Assert.Equal(3 + 1, File.ReadAllLines(run.Files.MetricsPath).Length);
    }

    [Fact]
    public void A_damaged_or_foreign_checkpoint_is_refused_with_its_name()
    {
        using var run = new TinyRun();
        run.Train(TinyRun.Options with { Epochs = 1 });
        byte[] good = File.ReadAllBytes(run.Files.LastPath);
        File.WriteAllBytes(run.Files.LastPath, good[..^100]);
        Assert.Contains(run.Files.LastPath, Assert.Throws<TensorFileException>(() => run.Train(TinyRun.Options)).Message);
        File.WriteAllBytes(run.Files.LastPath, [.. Encoding.ASCII.GetBytes("not a checkpoint at all")]);
        Assert.Contains(run.Files.LastPath, Assert.Throws<TensorFileException>(() => run.Train(TinyRun.Options)).Message);

        File.Copy(run.Files.BestPath, run.Files.LastPath, overwrite: true);      // a model, but no run
        Assert.Contains("no run can go on", Assert.Throws<TensorFileException>(() => run.Train(TinyRun.Options)).Message);

        File.WriteAllBytes(run.Files.LastPath, good);
        using (Detector other = TinyRun.Model(width: 4))
            Assert.Throws<StateMismatchException>(() => run.Train(TinyRun.Options, model: other));
        Assert.Contains("average", Assert.Throws<TensorFileException>(() => run.Train(TinyRun.Options with { EmaDecay = 0.9 })).Message);
        Assert.Contains("optimiser", Assert.Throws<TensorFileException>(() => run.Train(TinyRun.Options with { Optimizer = OptimizerKind.Adam })).Message);
    }

    [Fact]
    public void Other_data_than_the_run_began_with_are_told()
    {
        using var run = new TinyRun();
        run.AfterStep = report =>
        {
            if (report.Batch == 3) throw new Killed();
        };
        Assert.Throws<Killed>(() => run.Train(TinyRun.Options));
        Assert.Contains("other data", Assert.Throws<TensorFileException>(() => run.Train(TinyRun.Options, new TinyPictures(2))).Message);
    }
}
