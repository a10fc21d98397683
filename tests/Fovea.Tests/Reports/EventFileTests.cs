using Fovea.Imaging;
using Fovea.Reports;
using Fovea.Tests.Data;

namespace Fovea.Tests.Reports;

public sealed class EventFileTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheBytesAreThoseOfTheFormat()
    {
        using (EventFile file = EventFile.Create(_folder.Root, 300, new FixedClock(1700000000.25)))
            file.WriteScalars(300, [new("train/loss", 1.5), new("train/lr", 0)]);

        string written = Convert.ToHexStringLower(File.ReadAllBytes(Assert.Single(Directory.GetFiles(_folder.Root))));
        Assert.Equal(Golden(), written);
    }

    [Fact]
    public void ScalarsAndPicturesReadBack()
    {
        byte[] png = Picture(5, 300).EncodePng(), jpeg = Picture(4, 3).EncodeJpeg();
        using EventFile file = EventFile.Create(_folder.Root);
        file.WriteScalars(5_000_000_000, [new("a", -2.5), new("größe", double.NaN), new("far", 1e300)]);
        file.WritePicture(7, "pictures/png", png);
        file.WritePicture(7, "pictures/jpeg", jpeg);

        List<ReadEvent> events = EventReader.ReadFile(file.Path);      // while it is still open
        Assert.Equal(["brain.Event:2", null, null, null, null], events.Select(e => e.Version));
        Assert.Equal([0, 0, 5_000_000_000, 7, 7], events.Select(e => e.Step));
        Assert.Equal([null, 1, null, null, null], events.Select(e => e.Session));
        Assert.Equal(new() { ["a"] = -2.5f, ["größe"] = float.NaN, ["far"] = float.PositiveInfinity }, events[2].Scalars);
        AssertPicture("pictures/png", 5, 300, png, events[3]);
        AssertPicture("pictures/jpeg", 4, 3, jpeg, events[4]);
        Assert.All(events, e => Assert.InRange(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1e3 - e.Time, -1, 600));
    }

    [Fact]
    public void WhatIsCutOffLeavesAReadablePrefix()
    {
        string path;
        using (EventFile file = EventFile.Create(_folder.Root))
        {
            path = file.Path;
            for (int step = 1; step <= 3; step++) file.WriteScalars(step, [new("loss", 1.0 / step)]);
        }
        byte[] whole = File.ReadAllBytes(path);
        int last = 0;
        for (int length = 0; length <= whole.Length; length++)
        {
            int count = EventReader.Read(whole[..length]).Count;
            Assert.InRange(count, last, last + 1);
            last = count;
        }
        Assert.Equal(5, last);
    }

    [Fact]
    public void AResumedRunComesLaterAndTakesTheInterruptedStepsPlace()
    {
        var clock = new FixedClock(1700000000);
        using (EventFile file = EventFile.Create(_folder.Root, 1, clock))
            for (int step = 1; step <= 5; step++) file.WriteScalars(step, [new("loss", step)]);
        using (EventFile file = EventFile.Create(_folder.Root, 4, new FixedClock(1600000000)))     // the clock was set back
            for (int step = 4; step <= 6; step++) file.WriteScalars(step, [new("loss", 10 * step)]);

        Assert.Equal([1, 2, 3, 40, 50, 60], EventReader.Shown(_folder.Root).Values);
        Assert.Equal(["1700000000", "1700000001"],
            Directory.GetFiles(_folder.Root).Select(path => Path.GetFileName(path).Split('.')[3]).Order());
    }

    [Theory]
    [InlineData("events.out.tfevents.")]
    [InlineData("events.out.tfevents.x.y")]
    [InlineData("events.out.tfevents.9223372036854775807.host")]
    [InlineData("events.out.tfevents.99999999999999999999999.host")]
    public void OtherFilesOfSuchNamesDoNoHarm(string name)
    {
        _folder.Write(name, "");
        using EventFile file = EventFile.Create(_folder.Root, 0, new FixedClock(1700000000));
        Assert.StartsWith("events.out.tfevents.1700000000.", Path.GetFileName(file.Path));
    }

    [Fact]
    public void AnAbsentFolderIsMade()
    {
        using EventFile file = EventFile.Create(_folder["runs/new"]);
        Assert.Equal(_folder["runs/new"], Path.GetDirectoryName(file.Path));
    }

    [Fact]
    public void AFileInTheFoldersPlaceIsAnErrorThatNamesIt()
    {
        string taken = _folder.Write("taken", "");
        IOException error = Assert.Throws<IOException>(() => EventFile.Create(taken));
        Assert.Contains(taken, error.Message);
    }

    [Fact]
    public void WhatIsNoPngOrJpegIsRefusedAndNothingIsWritten()
    {
        using EventFile file = EventFile.Create(_folder.Root);
        long length = new FileInfo(file.Path).Length;
        Assert.Throws<ImageException>(() => file.WritePicture(1, "p", [1, 2, 3]));
        Assert.Throws<ImageException>(() => file.WritePicture(1, "p", []));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.WriteScalars(-1, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => EventFile.Create(_folder.Root, -1));
        Assert.Equal(length, new FileInfo(file.Path).Length);
    }

    private static void AssertPicture(string tag, int height, int width, byte[] encoded, ReadEvent read)
    {
        (string name, (long Height, long Width, long Channels, byte[] Encoded) picture) = Assert.Single(read.Pictures);
        Assert.Equal((tag, height, width, 3), (name, picture.Height, picture.Width, picture.Channels));
        Assert.Equal(encoded, picture.Encoded);
    }

    private static Image Picture(int height, int width)
    {
        byte[] pixels = new byte[height * width * 3];
        new Random(1).NextBytes(pixels);
        return new Image(new ImageSize(height, width), pixels);
    }

    private static string Golden()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Fovea.slnx"))) folder = folder.Parent;
        Assert.NotNull(folder);
        return File.ReadAllText(Path.Combine(folder.FullName, "tests", "goldens", "reports", "events.hex")).Trim();
    }
}
