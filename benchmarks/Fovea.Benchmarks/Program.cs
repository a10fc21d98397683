using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using Fovea.Benchmarks;
using Fovea.Benchmarks.Proofs;
using Fovea.Benchmarks.Results;
using Fovea.Benchmarks.Running;

// A child of this program, which runs our side of one benchmark.
if (args is ["worker", var worker, var folder, var count, var sizes, .. var rest])
{
    Benchmark benchmark = Catalogue.All(sizes == "quick").Single(known => known.Name == worker);
    return Worker.Run(benchmark, folder, int.Parse(count, CultureInfo.InvariantCulture), rest.FirstOrDefault());
}

// No measurements but proofs: networks learn a few pictures by heart.
if (args is ["overfit-segmenters", .. var segmenters]) return SegmenterOverfit.Run(segmenters);
if (args is ["overfit-detectors", .. var detectors]) return DetectorOverfit.Run(detectors);
if (args is ["draw-targets", var picture]) return TargetDrawing.Run(picture);

var names = new Argument<string[]>("names") { Description = "What to measure, by name or its first word (nms, roialign-forward); everything where none is given" };
var quick = new Option<bool>("--quick") { Description = "Tiny sizes: shows that everything works, measures nothing, writes no file" };
var list = new Option<bool>("--list") { Description = "List the benchmarks and stop" };
var withoutPeer = new Option<bool>("--no-peer") { Description = "Measure our side only" };
var python = new Option<string>("--python")
{
    Description = "The peer's Python, with torch and torchvision (Debian: python3-torchvision)", HelpName = "FILE", DefaultValueFactory = _ => RunOptions.DefaultPython,
};
var pythonPath = new Option<string?>("--python-path") { Description = "A folder of more Python modules, such as pycocotools' where it is not installed", HelpName = "FOLDER" };
var threads = new Option<int>("--threads")
{
    Description = "Threads of either side", HelpName = "N", DefaultValueFactory = _ => Environment.ProcessorCount,
};
var libtorch = new Option<string?>("--libtorch") { Description = "The folder of our side's libtorch", HelpName = "FOLDER" };
var output = new Option<string>("--out") { Description = "Where results are written", HelpName = "FOLDER", DefaultValueFactory = _ => Checkout.Results };
threads.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int>() is < 1 or > 1024) result.AddError("--threads must be 1 to 1024.");
});

var command = new Command("benchmarks", "Measures Fovea against torchvision and pycocotools: both take turns on this machine, and ratios are printed.")
{
    names, quick, list, withoutPeer, python, pythonPath, threads, libtorch, output, new HelpOption(),
};
command.SetAction(parsed =>
{
    IReadOnlyList<Benchmark> selected;
    try
    {
        selected = Catalogue.Select(parsed.GetValue(names) ?? [], parsed.GetValue(quick));
    }
    catch (ArgumentException error)
    {
        Console.Error.WriteLine(error.Message);
        return 2;
    }
    if (parsed.GetValue(list))
    {
        foreach (Benchmark benchmark in selected) Console.WriteLine($"{benchmark.Name,-18} {benchmark.Conditions}");
        return 0;
    }
    var options = new RunOptions(parsed.GetValue(quick), parsed.GetValue(threads), parsed.GetValue(libtorch), parsed.GetValue(python)!,
        parsed.GetValue(pythonPath), WithPeer: !parsed.GetValue(withoutPeer));
    return new Session(options, parsed.GetValue(output)!).Run(selected) ? 0 : 1;
});
return command.Parse(args).Invoke();
