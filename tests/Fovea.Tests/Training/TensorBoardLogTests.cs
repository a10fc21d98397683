using Fovea.Imaging;
using Fovea.Tests.Data;
using Fovea.Tests.Reports;
using Fovea.Training;

namespace Fovea.Tests.Training;

public sealed class TensorBoardLogTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void StepsValidationsAndPicturesAreWritten()
    {
        var run = new RunFolder(_folder.Root);
        _folder.Picture("drawn.png", 6, 8);
        Image.Load(_folder["drawn.png"]).SaveJpeg(Picture(run, "00-cat.jpg"));
        File.WriteAllText(Picture(run, "01-broken.jpg"), "not a picture");
        using (var log = new TensorBoardLog(run))
        {
            log.OnStart(0);
            log.OnStep(Step(1, 0.5));
            log.OnMessage("hello");
            log.OnValidation(new ValidationReport(1, 1, 1, new Dictionary<string, double> { ["AP"] = 0.25, ["AP50"] = 0.5 }, "AP", true));
        }

        List<ReadEvent> events = EventReader.ReadFile(Assert.Single(EventFiles()));
        Assert.Equal(new() { ["train/loss"] = 0.5f, ["train/lr"] = 0.01f }, events[2].Scalars);
        Assert.Equal(new() { ["val/AP"] = 0.25f, ["val/AP50"] = 0.5f }, events[3].Scalars);
        (string tag, (long height, long width, long channels, _)) = Assert.Single(events[4].Pictures);
        Assert.Equal(("pictures/00-cat", 6, 8, 3), (tag, height, width, channels));
        Assert.Equal([0, 1, 1, 1, 1], events.Select(e => e.Step));
    }

    [Fact]
    public void BatchesThatOnlyGatherGradientsAreNotSteps()
    {
        using (var log = new TensorBoardLog(new RunFolder(_folder.Root)))
        {
            log.OnStart(4);
            foreach ((long step, double loss) in new[] { (4L, 1.0), (4, 2), (5, 3), (5, 4), (5, 5), (6, 6) }) log.OnStep(Step(step, loss));
        }
        Assert.Equal([3, 6], EventReader.Shown(_folder.Root).Where(e => e.Key.Tag == "train/loss").Select(e => e.Value));
    }

    [Fact]
    public void AResumedRunShowsEachStepOnce()
    {
        var run = new RunFolder(_folder.Root);
        var validation = new ValidationReport(2, 1, 9, new Dictionary<string, double> { ["AP"] = 0.25 }, "AP", true);
        using (var log = new TensorBoardLog(run))
        {
            log.OnStart(0);
            log.OnStep(Step(1, 1));
            log.OnStep(Step(2, 2));
            log.OnValidation(validation);                 // the checkpoint after step 2 holds it
            log.OnStep(Step(3, 3));
        }
        using (var log = new TensorBoardLog(run))
        {
            log.OnStart(2);
            log.OnStep(Step(3, 30));
            log.OnStep(Step(4, 40));
        }
        SortedDictionary<(string Tag, long Step), float> shown = EventReader.Shown(_folder.Root);
        Assert.Equal([1, 2, 30, 40], shown.Where(e => e.Key.Tag == "train/loss").Select(e => e.Value));
        Assert.Equal(0.25f, shown[("val/AP", 2)]);
    }

    [Fact]
    public void ARunWithNothingLeftToDoLeavesNoFile()
    {
        using (var log = new TensorBoardLog(new RunFolder(_folder.Root))) log.OnStart(9);
        Assert.Empty(EventFiles());
    }

    [Fact]
    public void SeveralObserversAreToldEverythingInOrder()
    {
        var told = new List<string>();
        ITrainingObserver both = new TrainingObservers(new Listener("a", told), new Listener("b", told));
        both.OnStart(3);
        both.OnStep(Step(4, 1));
        both.OnValidation(new ValidationReport(5, 1, 1, new Dictionary<string, double>(), "AP", false));
        both.OnMessage("m");
        Assert.Equal(["a start 3", "b start 3", "a step 4", "b step 4", "a validation 5", "b validation 5", "a m", "b m"], told);
    }

    private static StepReport Step(long step, double loss) =>
        new(step, 1, 1, (int)step, 9, 0.01, new Dictionary<string, double> { ["loss"] = loss });

    private static string Picture(RunFolder run, string name)
    {
        Directory.CreateDirectory(run.PicturesPath);
        return Path.Combine(run.PicturesPath, name);
    }

    private string[] EventFiles() => Directory.GetFiles(_folder.Root, "*tfevents*");

    private sealed class Listener(string name, List<string> told) : ITrainingObserver
    {
        public void OnStart(long step) => told.Add($"{name} start {step}");

        public void OnStep(StepReport report) => told.Add($"{name} step {report.Step}");

        public void OnValidation(ValidationReport report) => told.Add($"{name} validation {report.Step}");

        public void OnMessage(string message) => told.Add($"{name} {message}");
    }
}
