using System.Text.Json;
using Fovea.Cli.Prediction;
using Fovea.Imaging;

namespace Fovea.Cli.Tests.Prediction;

/// <summary>What a run over pictures leaves when it is stopped.</summary>
public sealed class PredictRunTests : IDisposable
{
    private readonly WorkFolder _folder = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly StringWriter _output = new(), _error = new();

    public void Dispose()
    {
        _folder.Dispose();
        _stop.Dispose();
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public void WhatWasSeenBeforeItWasStoppedIsWritten()
    {
        Assert.Equal(1, Run(stopAfter: 2));
        Assert.Equal(["0.png", "1.png"], JsonSerializer.Deserialize<string[]>(File.ReadAllText(_folder["out/names.json"]))!);
        Assert.Contains("seen 2", _output.ToString());
        Assert.Contains("fovea: stopped; 1 picture left.", _error.ToString());
    }

    [Fact]
    public void NothingIsWrittenWhereNothingWasSeen()
    {
        _stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => Run(stopAfter: 0));
        Assert.Empty(Directory.GetFiles(_folder["out"]));
    }

    [Fact]
    public void ARunToTheEndSaysNothingOfStopping()
    {
        Assert.Equal(0, Run(stopAfter: 4));
        Assert.DoesNotContain("stopped", _error.ToString());
    }

    private int Run(int stopAfter)
    {
        for (int i = 0; i < 3; i++) _folder.Picture($"{i}.png", (byte)i);
        string[] files = [.. Enumerable.Range(0, 3).Select(i => _folder[$"{i}.png"])];
        return new Names(files, _folder["out"], stopAfter, _stop).Run(_output, _error, json: false, _stop.Token);
    }

    // Answers with the names of the pictures, and presses Ctrl-C after some.
    private sealed class Names(IReadOnlyList<string> files, string folder, int stopAfter, CancellationTokenSource stop)
        : PredictRun(files, folder, drawsPictures: false)
    {
        private readonly List<string> _seen = [];

        protected override string AnswersName => "names.json";

        protected override string PicturesName => "Pictures";

        protected override object Answers => _seen;

        protected override string Predict(string file, Image image, string? drawing)
        {
            _seen.Add(Path.GetFileName(file));
            if (_seen.Count == stopAfter) stop.Cancel();
            return "seen";
        }

        protected override string Summary(int pictures) => $"seen {pictures}";
    }
}
