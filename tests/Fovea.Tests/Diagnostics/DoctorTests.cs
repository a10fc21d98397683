using Fovea.Diagnostics;
using Fovea.Torch.Interop;

namespace Fovea.Tests.Diagnostics;

public sealed class DoctorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fovea-doctor-").FullName;

    [Fact]
    public void PackagesComeOnceAndOnlyForWhatIsNotRight()
    {
        SetupCheck[] checks =
        [
            SetupCheck.Installable("a", CheckState.Missing, "no", "one", "two"),
            SetupCheck.Installable("b", CheckState.Warning, "slow", "two", "libturbojpeg0"),
            SetupCheck.Installable("c", CheckState.Ok, "there", "three"),
            new("d", CheckState.Missing, "no", "by hand"),
        ];
        Assert.Equal(["one", "two", "libturbojpeg0"], Doctor.PackagesToInstall(checks, isUbuntu: false));
        Assert.Equal(["one", "two", "libturbojpeg"], Doctor.PackagesToInstall(checks, isUbuntu: true));
    }

    [Fact]
    public void EveryCheckSaysWhatWasFoundAndHowToMendWhatIsNotRight() =>
        Assert.All(Doctor.Examine(), check => Assert.True(check.Found.Length > 0 && check.State == CheckState.Ok == check.Mend is null));

    [Fact]
    public void MissingPictureLibrariesAreNamedWithTheirPackages()
    {
        SetupCheck check = ImagingChecks.Libraries([("libwebp.so.7", "libwebp7"), ("libcairo.so.2", "libcairo2")]);
        Assert.Equal((CheckState.Missing, "apt-get install libwebp7 libcairo2"), (check.State, check.Mend));
        Assert.Contains("libwebp.so.7, libcairo.so.2", check.Found);
        Assert.Equal(CheckState.Ok, ImagingChecks.Libraries([]).State);
    }

    [Fact]
    public void AFontIsFoundInsideFolders()
    {
        Assert.Equal(["fonts-dejavu-core"], ImagingChecks.Font([_folder, "/no/such/folder"]).Packages);
        Directory.CreateDirectory(Path.Combine(_folder, "truetype"));
        File.WriteAllText(Path.Combine(_folder, "truetype", "Some.TTF"), "");
        Assert.Equal((CheckState.Ok, "Some.TTF"), (ImagingChecks.Font([_folder]).State, ImagingChecks.Font([_folder]).Found));
    }

    [Fact]
    public void ACacheThatCannotBeWrittenIsMissing()
    {
        Assert.Equal(CheckState.Ok, HostChecks.Cache(Path.Combine(_folder, "cache")).State);
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder, "cache")));
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        Assert.Equal(CheckState.Missing, HostChecks.Cache(file).State);
    }

    [Theory]
    [InlineData(3L << 30, CheckState.Warning, "3.0 GB")]
    [InlineData(16L << 30, CheckState.Ok, "16.0 GB")]
    public void LittleMemoryIsAWarning(long bytes, CheckState state, string shown)
    {
        SetupCheck check = HostChecks.Memory(bytes);
        Assert.Equal(state, check.State);
        Assert.Contains(shown, check.Found);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
